import { MockActivityEnvironment } from '@temporalio/testing';
import { cp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createActivities } from '../../activities/index.ts';
import type { Activities } from '../../activities/index.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import type { Batch } from '../../model/batch.ts';
import { failureTypes } from '../../model/failure.ts';
import { starTables, testConfig } from '../support/config.ts';
import { dataDifference } from '../support/equal-data.ts';
import { failureOf } from '../support/failure-of.ts';
import { relationOf, shapes, warehouseOf } from '../support/shape.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { extractChanges, newBatch, runActivity, syncOnce } from '../support/sync-once.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { visit } from '../support/visit.ts';
import { stateOf } from '../support/warehouse-state.ts';
import { openWire } from '../support/wire.ts';
import type { Wire } from '../support/wire.ts';

const source = 'project_a';

describe.each(shapes)('in %s,', (shape) => {
  const raw = (name: string) => relationOf(shape, { schema: 'raw', name }, source);
  const clean = (name: string) => relationOf(shape, { schema: 'clean', name }, source);

  let star: Star;
  /** The network of a stalled attempt, and the activities that run over it. */
  let wire: Wire;
  let stalling: Activities;
  /** The same activities with a timeout that makes them lose the fence after a second. */
  let stallingBehindTheFence: Activities;
  let visits = 0;

  beforeAll(async () => {
    star = await openStar({ warehouse: await warehouseOf(shape) });
    wire = await openWire(star.warehouseUrl);
    const config = testConfig({ sources: star.hosts, warehouse: wire.url, staging: star.staging });
    stalling = createActivities({ config });
    const timeouts = { ...defaultTimeouts, idleInTransactionMs: 1_000 };
    stallingBehindTheFence = createActivities({ config, timeouts });
    await star.host.query(`insert into exchange_rates values ('EUR', 'USD', 1.10, current_date)`);
    await visit(star.host, ++visits);
    await syncOnce(star.activities, source);
  });
  afterAll(async () => {
    await wire.close();
    await star.close();
  });
  beforeEach(() => visit(star.host, ++visits));
  afterEach(async () => {
    await syncOnce(star.activities, source);
    expect(
      await dataDifference(star.hosts[source]!, star.warehouse, source, Object.keys(starTables)),
    ).toEqual({});
  });

  const extract = () => extractChanges(star.activities, source);
  const load = (batch: Batch) => runActivity(star.activities.loadRaw, batch);
  const land = (batch: Batch) => runActivity(star.activities.upsert, batch);
  const folderOf = ({ id }: Batch) => join(star.staging, source, id);
  const state = () => stateOf(star.warehouse);

  /** The outcome of an activity that may fail. */
  const settled = (activity: Promise<unknown>) =>
    activity.then(
      () => 'done',
      () => 'failed',
    );

  async function loaded(): Promise<Batch> {
    const batch = await extract();
    await load(batch);
    return batch;
  }

  describe('a stalled load of raw', () => {
    test.each([
      ['before it began', 'begin isolation level', 2, false],
      ['in the middle of its tables', `copy ${raw('events')}`, 1, false],
      ['with all its rows sent, before the fence', 'select batch from ops.source', 2, false],
      ['behind the fence', `delete from ${raw('events')}`, 1, true],
      ['on its commit', 'commit\0', 2, true],
    ])(
      '%s changes nothing when it wakes up after the next batch was loaded',
      async (_, text, nth, fenced) => {
        const batch = await extract();
        const held = wire.holdAt(text, nth);
        const { loadRaw } = fenced ? stallingBehindTheFence : stalling;
        const zombie = settled(runActivity(loadRaw, batch));
        await held;
        await load(batch);
        const keep = await keepFolder(batch);
        await land(batch);
        await visit(star.host, ++visits);
        const next = await loaded();

        await keep.putBack();
        const before = await state();
        wire.release();
        await zombie;
        expect(await state()).toEqual(before);
        expect(await land(next)).toMatchObject({
          status: 'landed',
          tables: { events: { inserted: 1 } },
        });
      },
    );

    test('that wakes up after the next batch has landed fails with PositionMoved and changes nothing', async () => {
      const batch = await extract();
      const held = wire.holdAt('begin isolation level', 2);
      const zombie = failureOf(stalling.loadRaw, batch);
      await held;
      await load(batch);
      const keep = await keepFolder(batch);
      await land(batch);
      await visit(star.host, ++visits);
      await land(await loaded());

      await keep.putBack();
      const before = await state();
      wire.release();
      expect(await zombie).toMatchObject({ type: failureTypes.positionMoved, nonRetryable: true });
      expect(await state()).toEqual(before);
    });
  });

  describe('a stalled landing', () => {
    test.each([
      ['before it began', 'begin isolation level', failureTypes.positionMoved],
      ['before the fence', 'select batch from ops.source', failureTypes.positionMoved],
      ['in the middle of its tables', `insert into ${clean('events')}`, failureTypes.unavailable],
      ['on its commit', 'commit\0', failureTypes.unavailable],
    ])('%s fails and changes nothing when it wakes up after newer ones', async (_, text, type) => {
      const batch = await loaded();
      const held = wire.holdAt(text);
      const { upsert } = type === failureTypes.positionMoved ? stalling : stallingBehindTheFence;
      const zombie = failureOf(upsert, batch);
      await held;
      await land(batch);
      await visit(star.host, ++visits);
      await land(await loaded());

      const before = await state();
      wire.release();
      expect(await zombie).toMatchObject({ type });
      expect(await state()).toEqual(before);
    });

    test('that is retried with its files after newer ones have landed fails with PositionMoved', async () => {
      const batch = await loaded();
      const keep = await keepFolder(batch);
      await land(batch);
      await visit(star.host, ++visits);
      await land(await loaded());

      await keep.putBack();
      const before = await state();
      expect(await failureOf(star.activities.upsert, batch)).toMatchObject({
        type: failureTypes.positionMoved,
        nonRetryable: true,
        message: expect.stringContaining(`source "${source}": batch ${batch.id} starts after`) as string,
      });
      expect(await failureOf(star.activities.loadRaw, batch)).toMatchObject({
        type: failureTypes.positionMoved,
      });
      expect(await state()).toEqual(before);
    });
  });

  describe('a landing retried after its own commit', () => {
    test('returns the same result and changes nothing, with or without its files', async () => {
      const batch = await loaded();
      const keep = await keepFolder(batch);
      const answer = await land(batch);
      const before = await state();
      expect(answer).toMatchObject({
        status: 'landed',
        tables: { events: { inserted: 1 }, user_sessions: { updated: 1 } },
      });

      const again = { ...answer, lagSeconds: expect.any(Number) as number };
      expect(await land(batch)).toEqual(again);
      await keep.putBack();
      expect(await land(batch)).toEqual(again);
      expect(await state()).toEqual(before);
    });

    test('returns the same result even if it never received the confirmation of the commit', async () => {
      const batch = await loaded();
      wire.cutAfter('commit\0');
      expect(await failureOf(stalling.upsert, batch)).toMatchObject({
        type: failureTypes.unavailable,
        nonRetryable: false,
      });
      const before = await state();

      expect(await land(batch)).toMatchObject({
        status: 'landed',
        tables: { events: { inserted: 1 } },
      });
      expect(await state()).toEqual(before);
    });
  });

  describe('raw', () => {
    test('has a batch exactly once, however many loads run, and even simultaneously', async () => {
      const batch = await extract();
      await load(batch);
      const once = (await state())['raw.user_sessions'];
      expect(once).toHaveLength(visits);
      await load(batch);
      const ends = await Promise.all(
        [1, 2, 3, 4].map(() => settled(runActivity(star.activities.loadRaw, batch))),
      );
      expect(ends).toContain('done');
      expect((await state())['raw.user_sessions']).toEqual(once);
      expect(await land(batch)).toMatchObject({ status: 'landed' });
    });

    test.each([
      ['emptied', 'truncate raw.events, raw.user_sessions'],
      ['deprived of rows', 'delete from raw.events'],
      ['given duplicate rows', 'insert into raw.events select * from raw.events'],
    ])('that was %s before the landing is detected, and a new extract lands everything', async (_, sql) => {
      const batch = await loaded();
      await star.warehouse.query(sql);
      const before = await state();
      expect(await failureOf(star.activities.upsert, batch)).toMatchObject({
        type: failureTypes.batchLost,
        nonRetryable: true,
        message: expect.stringMatching(
          /source "project_a", table "\w+": raw has \d+ rows of batch \S+ instead of \d+/,
        ) as string,
      });
      expect(await state()).toEqual(before);
    });
  });

  describe('a staged file', () => {
    const alter = (file: string, change: (text: string) => string) => async (folder: string) => {
      const path = join(folder, file);
      await writeFile(path, change(await readFile(path, 'utf8')));
    };
    test.each<[string, (folder: string) => Promise<unknown>, RegExp]>([
      [
        'altered',
        alter('events.csv', (text) => text.replace('open', 'shut')),
        /table "events": .*events\.csv was altered/,
      ],
      [
        'truncated',
        (folder) => cutShort(join(folder, 'events.csv')),
        /table "events": .*events\.csv has \d+ bytes instead of \d+/,
      ],
      ['missing', (folder) => rm(join(folder, 'events.csv')), /table "events": .*events\.csv is missing/],
      [
        'with another header',
        alter('events.csv', (text) => text.replace('user_id,id', 'user_id,ix')),
        /table "events": .*events\.csv has the columns \(user_id, ix, .*\) instead of \(user_id, id, /,
      ],
      [
        'empty',
        (folder) => writeFile(join(folder, 'events.csv'), ''),
        /table "events": .*events\.csv has 0 bytes/,
      ],
      [
        'whose manifest was altered',
        alter('manifest.json', (text) => text.replace('sweep', 'swept').replace('events', 'evens')),
        /manifest\.json was altered/,
      ],
      [
        'whose manifest is missing',
        (folder) => rm(join(folder, 'manifest.json')),
        /manifest\.json is missing/,
      ],
      ['whose folder is gone', (folder) => rm(folder, { recursive: true }), /manifest\.json is missing/],
    ])(
      '%s is reported with source, table and file, and nothing lands; a new extract lands everything',
      async (_, spoil, named) => {
        const batch = await extract();
        await spoil(folderOf(batch));
        const before = await state();
        const failure = await failureOf(star.activities.loadRaw, batch);
        expect(failure).toMatchObject({ type: failureTypes.batchLost, nonRetryable: true });
        expect(failure.message).toMatch(/^source "project_a"[,:] /);
        expect(failure.message).toMatch(named);
        expect(await state()).toEqual(before);
      },
    );

    test('is not touched by an earlier attempt at its extract that wakes up late', async () => {
      const input = { source, batchId: newBatch(), keysOf: [] };
      const hostWire = await openWire(star.hosts[source]!);
      const late = createActivities({
        config: testConfig({
          sources: { [source]: hostWire.url },
          warehouse: star.warehouseUrl,
          staging: star.staging,
        }),
      });
      const held = hostWire.holdAt('from only "public"."transactions"');
      const first = runActivity(late.extract, input);
      await held;
      await star.host.query('update transactions set amount = amount + 1');
      const again = new MockActivityEnvironment({ attempt: 2 });
      const second: Batch = await again.run(
        star.activities.extract as (given: typeof input) => Promise<Batch>,
        input,
      );
      hostWire.release();
      // The second has removed its folder.
      await expect(first).rejects.toThrow(/cannot be written \(ENOENT\)/);
      await hostWire.close();

      await load(second);
      await land(second);
    });
  });

  /** Saves the files of a batch, which its landing removes, to put them back. */
  async function keepFolder(batch: Batch): Promise<{ putBack(): Promise<void> }> {
    const kept = await temporaryFolder('kept');
    await cp(folderOf(batch), kept, { recursive: true });
    return { putBack: () => cp(kept, folderOf(batch), { recursive: true }) };
  }
});

async function cutShort(path: string): Promise<void> {
  await truncate(path, (await stat(path)).size - 2);
}
