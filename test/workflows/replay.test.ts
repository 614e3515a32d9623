import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { packageRoot } from '../../activities/package-root.ts';
import { workflowTypes } from '../../model/names.ts';
import * as workflows from '../../workflows/index.ts';
import { quietTemporal } from '../support/quiet-temporal.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

/** The part of a recorded history that this test reads. */
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

/** Replays the history `text` with the current workflows. */
async function replay(text: string): Promise<void> {
  await Worker.runReplayHistory(
    { workflowBundle: await workflowBundle() },
    JSON.parse(text),
    started(text).workflowId,
  );
}

test.each(names)('the history %s replays with the current workflows', async (name) => {
  await replay(read(name));
});

test('every current workflow has a recorded history', () => {
  const recorded = names.map((name) => started(read(name)).workflowType.name);
  expect(new Set(recorded)).toEqual(new Set(Object.keys(workflows)));
  expect(Object.keys(workflows).sort()).toEqual(Object.values(workflowTypes).sort());
});

describe('a workflow that deviates from a history is detected:', () => {
  test.each([
    [
      'another activity',
      'sync-source-landed',
      (text: string) => text.replaceAll('"extract"', '"extractAll"'),
    ],
    [
      'a different order',
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
      'one activity fewer',
      'sync-source-unreconciled',
      (text: string) => inPayloads(text, (data) => data.replace('unreconciled', 'landed')),
    ],
  ])('%s', async (_, name, change) => {
    const text = read(names.find((each) => each.endsWith(`/${name}.json`))!);
    await replay(text);
    await expect(replay(change(text))).rejects.toBeInstanceOf(DeterminismViolationError);
  });
});

test('no history identifies the machine that recorded it', () => {
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

/** The history with `change` applied to its payloads. */
function inPayloads(text: string, change: (data: string) => string): string {
  return text.replaceAll(/"data": "([^"]*)"/g, (_, data: string) => {
    const changed = change(Buffer.from(data, 'base64').toString('utf8'));
    return `"data": "${Buffer.from(changed).toString('base64')}"`;
  });
}
