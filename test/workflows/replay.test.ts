import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { packageRoot } from '../../activities/package-root.ts';
import { workflowTypes } from '../../model/names.ts';
import * as workflows from '../../workflows/index.ts';
import { quietTemporal } from '../support/quiet-temporal.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

/** A recorded history, as far as this test looks into it. */
interface Recorded {
  readonly events: readonly {
    readonly workflowExecutionStartedEventAttributes?: {
      readonly workflowType: { readonly name: string };
      readonly workflowId: string;
    };
  }[];
}

const folder = join(packageRoot, 'test', 'histories');
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .sort();
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const started = (text: string) =>
  (JSON.parse(text) as Recorded).events[0]!.workflowExecutionStartedEventAttributes!;

beforeAll(() => quietTemporal());

/** Runs the workflows of now against what `text` says has happened. */
async function replay(text: string): Promise<void> {
  await Worker.runReplayHistory(
    { workflowBundle: await workflowBundle() },
    JSON.parse(text),
    started(text).workflowId,
  );
}

test.each(names)('runs that went as %s does go on with the workflows of now', async (name) => {
  await replay(read(name));
});

test('each release has recorded every workflow that it had, and now is none without', () => {
  const recorded = names.map((name) => started(read(name)).workflowType.name);
  expect(new Set(recorded)).toEqual(new Set(Object.keys(workflows)));
  expect(Object.keys(workflows).sort()).toEqual(Object.values(workflowTypes).sort());
});

describe('a workflow that would go another way than a run went is noticed:', () => {
  test.each([
    [
      'another activity',
      'sync-source-landed',
      (text: string) => text.replaceAll('"extract"', '"extractAll"'),
    ],
    [
      'other order',
      'sync-source-landed',
      (text: string) =>
        text.replace('"loadRaw"', '"-"').replace('"upsert"', '"loadRaw"').replace('"-"', '"upsert"'),
    ],
    [
      'another child',
      'sync-completed',
      (text: string) => text.replaceAll('sync-source/project_b', 'sync-source/b'),
    ],
    [
      'one activity less',
      'sync-source-unreconciled',
      (text: string) => inPayloads(text, (data) => data.replace('unreconciled', 'landed')),
    ],
  ])('%s', async (_, name, change) => {
    const text = read(names.find((each) => each.endsWith(`/${name}.json`))!);
    await replay(text);
    await expect(replay(change(text))).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

test('no history names the machine that recorded it', () => {
  for (const name of names) {
    let text = '';
    inPayloads(read(name), (data) => (text += data));
    text += read(name);
    expect([name, text.match(/\/(home|root|tmp|usr|var|opt|work|Users|private)\/[^"\\ ]*/)?.[0]]).toEqual([
      name,
      undefined,
    ]);
    expect([name, text.match(/"stackTrace": "[^"]+/)?.[0]]).toEqual([name, undefined]);
    const identities = new Set([...text.matchAll(/"identity": "([^"]*)"/g)].map(([, identity]) => identity));
    expect([
      name,
      [...identities].filter((identity) => identity !== 'recorder' && identity !== 'history-service'),
    ]).toEqual([name, []]);
  }
});

/** The history with `change` made to what its payloads hold. */
function inPayloads(text: string, change: (data: string) => string): string {
  return text.replaceAll(/"data": "([^"]*)"/g, (_, data: string) => {
    const changed = change(Buffer.from(data, 'base64').toString('utf8'));
    return `"data": "${Buffer.from(changed).toString('base64')}"`;
  });
}
