import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Duration } from '@temporalio/common';
import { createActivities } from '../../../activities/index.ts';
import type { Activities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { sqlFile } from '../../../activities/postgres/sql-file.ts';
import type { OnStaged } from '../../../activities/sync/extract.ts';
import { registerSearchAttributes } from '../../../client/schedules/search-attributes.ts';
import type { TableConfig } from '../../../model/table-config.ts';
import { syncSourceId, taskQueue, workflowTypes } from '../../../model/names.ts';
import type { SyncInput } from '../../../model/runs.ts';
import type { audit, sync, syncSource } from '../../../workflows/index.ts';
import { starTables, testConfig } from '../../support/config.ts';
import { eventually } from '../../support/eventually.ts';
import { ownPostgres } from '../../support/own-postgres.ts';
import type { OwnPostgres } from '../../support/own-postgres.ts';
import { openStar, openText } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import type { TestTemporal } from '../../support/temporal.ts';
import { visit } from '../../support/visit.ts';
import { createGate } from './gate.ts';
import { recordInterrupted } from './interrupted.ts';
import { keepIn } from './recording.ts';
import type { Recording } from './recording.ts';

/** The number of times to inject each fault. */
interface Faults {
  loseStaged: number;
  loadRaw: number;
  listSources: number;
  recordFailure: number;
}

interface Sync {
  readonly star: Star;
  readonly own: OwnPostgres;
  readonly faults: Faults;
  searchAttributes: readonly string[];
  tables: Record<string, TableConfig>;
  onStaged: OnStaged;
}

/** Records the paths through `sync` and `syncSource`. */
export async function recordSync(temporal: TestTemporal, recording: Recording): Promise<void> {
  const star = await openStar({ hosts: ['project_b'] });
  // A separate server: a run can be idle only if nobody else takes transaction ids.
  const own = await ownPostgres();
  const faults: Faults = { loseStaged: 0, loadRaw: 0, listSources: 0, recordFailure: 0 };
  const state: Sync = { star, own, faults, searchAttributes: [], tables: starTables, onStaged: () => Promise.resolve() };
  const worker = await temporal.startWorker(faultyActivities(state));
  const keep = keepIn(recording, temporal.client, { [star.staging]: 'staging' });
  const [a, b] = [syncSourceId('project_a'), syncSourceId('project_b')];
  const start = (workflowId: string, input: Partial<SyncInput>, timeout: Duration = '1 hour') =>
    temporal.client.workflow.start<typeof sync>(workflowTypes.sync, {
      taskQueue,
      workflowId,
      args: [{ waitMinutes: 1, ...input }],
      workflowExecutionTimeout: timeout,
    });
  const end = async (workflowId: string, input: Partial<SyncInput> = {}) =>
    (await start(workflowId, input)).result().catch(() => undefined);

  await fillSources(state);
  await end('sync/completed');
  await keep('sync-completed', 'sync/completed');
  await keep('sync-source-landed', b);

  state.searchAttributes = (await registerSearchAttributes(temporal.client)).registered;
  await visit(star.host, 2);
  await end('sync/labelled');
  await keep('sync-labelled', 'sync/labelled');
  await keep('sync-source-labelled', b);
  state.searchAttributes = [];

  await end('sync/idle');
  await keep('sync-source-idle', a);

  await end('sync/audited', { audit: ['events'] });
  await keep('sync-source-audited', b);

  await temporal.client.workflow.execute<typeof audit>(workflowTypes.audit, {
    taskQueue,
    workflowId: 'audit/completed',
    args: [{ minutes: 60 }],
  });
  await keep('audit-completed', 'audit/completed');

  await star.host.query('delete from events');
  await end('sync/unreconciled');
  await keep('sync-source-unreconciled', b);

  await visit(star.host, 3);
  faults.loseStaged = 1;
  await end('sync/batch-lost', { sources: ['project_b'] });
  await keep('sync-source-batch-lost', b);

  state.tables = { ...starTables, nowhere: { from: 'project_b' } };
  await end('sync/failed');
  await keep('sync-failed', 'sync/failed');
  await keep('sync-source-failed', b);
  faults.recordFailure = 2;
  await end('sync/not-recorded', { sources: ['project_b'] });
  await keep('sync-source-failure-not-recorded', b);
  state.tables = starTables;

  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  state.onStaged = (_, manifest) => (manifest.source === 'project_b' ? released : Promise.resolve());
  await end('sync/first-running', { waitMinutes: 1 / 60 });
  await keep('sync-wait-over', 'sync/first-running');
  await end('sync/found-running');
  await keep('sync-found-running', 'sync/found-running');
  const after = await start('sync/after-running', { sources: ['project_b'], afterRunning: true });
  await eventually('it found the child running', async () =>
    ((await after.fetchHistory()).events ?? []).some(
      (event) => event.startChildWorkflowExecutionFailedEventAttributes,
    ),
  );
  release();
  await after.result();
  await keep('sync-after-running', 'sync/after-running');

  faults.loadRaw = 1;
  faults.listSources = 1;
  await visit(star.host, 4);
  await end('sync/retried', { sources: ['project_b'] });
  await keep('sync-source-retried', b);
  await keep('sync-retried', 'sync/retried');

  const gate = createGate();
  state.onStaged = gate.pass;
  gate.close();
  await recordInterrupted(keep, 'sync', gate.release, (n, timeout) =>
    start(`sync/interrupted/${n}`, { sources: ['project_b'], afterRunning: true }, timeout),
  );
  gate.open();
  await temporal.client.workflow.result(b).catch(() => undefined);
  gate.close();
  await recordInterrupted(keep, 'sync-source', gate.release, (_, workflowExecutionTimeout) =>
    temporal.client.workflow.start<typeof syncSource>(workflowTypes.syncSource, {
      taskQueue,
      workflowId: b,
      args: [{ source: 'project_b' }],
      workflowExecutionTimeout,
    }),
  );
  gate.open();

  await worker.stop();
  await star.close();
  await own.stop();
}

function faultyActivities(state: Sync): Activities {
  const { star, own, faults } = state;
  const now = () =>
    testConfig({
      sources: { project_a: own.url, project_b: star.hosts['project_b']! },
      warehouse: star.warehouseUrl,
      staging: star.staging,
      tables: state.tables,
    });
  const real = createActivities({
    config: { read: () => now().read(), reveal: (secret) => now().reveal(secret) },
    timeouts: defaultTimeouts,
    onStaged: (client, manifest) => state.onStaged(client, manifest),
  });
  return {
    ...real,
    async listSources(requested) {
      if (faults.listSources-- > 0) throw new Error('Once, and not again.');
      const { names } = await real.listSources(requested);
      return { names, searchAttributes: state.searchAttributes };
    },
    async loadRaw(batch) {
      if (faults.loseStaged-- > 0) await rm(join(star.staging, batch.source, batch.id), { recursive: true });
      if (faults.loadRaw-- > 0) throw new Error('Once, and not again.');
      return real.loadRaw(batch);
    },
    async recordFailure(input) {
      if (faults.recordFailure-- > 0) throw new Error('Not now.');
      return real.recordFailure(input);
    },
  };
}

async function fillSources({ star, own }: Sync): Promise<void> {
  const app = await openText(own.url);
  await app.query(sqlFile('demo/source.sql'));
  await visit(app, 1);
  await app.end();
  await visit(star.host, 1);
}
