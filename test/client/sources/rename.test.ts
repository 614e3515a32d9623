import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createActivities } from '../../../activities/index.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { dropLeaves } from '../../../activities/sync/warehouse/drop-leaves.ts';
import { createLeaf } from '../../../activities/sync/warehouse/align/table-statements.ts';
import type { ApplicationFailure } from '@temporalio/common';
import { starTables, testConfig } from '../../support/config.ts';
import { analyticsDifference, dataDifference, starTableNames } from '../../support/equal-data.ts';
import { wrongSessions } from '../../support/reference-analytics.ts';
import { tidehouse } from '../../support/run-command.ts';
import { shapes, warehouseOf } from '../../support/shape.ts';
import { openStar, openText } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { runActivity, syncOnce } from '../../support/sync-once.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { visit } from '../../support/visit.ts';

describe.each(shapes)('in %s', (shape) => {
  let star: Star;
  let folder: string;
  let sources: Record<string, string>;
  let tables = starTables;

  beforeAll(async () => {
    star = await openStar({ hosts: ['project_a', 'project_b'], warehouse: await warehouseOf(shape) });
    folder = await temporaryFolder('sources');
    sources = star.hosts;
    await star.host.query(`insert into exchange_rates values ('EUR', 'USD', 1.25, now()::date)`);
    for (const [at, url] of Object.values(star.hosts).entries()) {
      const host = await openText(url);
      for (let n = 1; n <= 3; n++) await visit(host, 10 * at + n);
      await host.end();
    }
    await Promise.all(Object.keys(sources).map(land));
  });
  afterAll(() => star.close());

  /** A run with the sources and the tables of now. */
  async function land(source: string) {
    const config = testConfig({ sources, warehouse: star.warehouseUrl, staging: star.staging, tables });
    const activities = createActivities({ config, timeouts: { ...defaultTimeouts, newLeafMs: 0 } });
    const landed = await syncOnce(activities, source);
    await runActivity(activities.refreshViews, { source });
    return landed;
  }

  /** Runs a command as it is printed, with the sources and the tables of now. */
  async function run(command: string, ...more: string[]) {
    const config = {
      sources: Object.fromEntries(Object.entries(sources).map(([name, url]) => [name, { url }])),
      warehouse: { url: star.warehouseUrl },
      staging: star.staging,
      tables,
    };
    await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
    const words = command.trim().split(' ');
    expect(words.shift()).toBe('tidehouse');
    return tidehouse([...words, ...more], { folder, env: { TIDEHOUSE_CONFIG: 'tidehouse.yaml' } });
  }

  const printed = (text: string, command: string) =>
    text
      .split('\n')
      .find((line) => line.includes(`tidehouse ${command}`))!
      .replace(/^.*(?=tidehouse)/, '');
  const rowsOf = async (project: string) => {
    const counts = starTableNames.map(
      (table) => `(select count(*) from clean.${table} where project = '${project}')`,
    );
    const { rows } = await star.warehouse.query<{ rows: string }>(
      `select ${counts.join(' + ')} + (select count(*) from session_analytics where project = '${project}') as rows`,
    );
    return Number(rows[0]!.rows);
  };
  /** The tables of ops that know the source. */
  const ledgerOf = async (source: string) => {
    const found: string[] = [];
    const { rows } = await star.warehouse.query<{ table: string }>(
      `select c.relname as table from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'source'
       where c.relnamespace = 'ops'::regnamespace and c.relkind = 'r' order by 1`,
    );
    for (const { table } of rows)
      if ((await star.warehouse.query(`select from ops.${table} where source = $1`, [source])).rowCount)
        found.push(table);
    return found;
  };
  /** The partitions of a source, raw ones included. */
  const partitionsOf = async (source: string) => {
    const { rows } = await star.warehouse.query<{ name: string }>(
      `select l.oid::regclass as name from pg_inherits i join pg_class l on l.oid = i.inhrelid
       where pg_get_expr(l.relpartbound, l.oid) = format('FOR VALUES IN (%L)', $1::text)
       union select oid::regclass from pg_class where relname like '%@' || $1 and relkind = 'r'`,
      [source],
    );
    return rows.map(({ name }) => name);
  };
  const analytics = async () => {
    const { rows } = await star.warehouse.query<{ row: string }>(
      'select s::text as row from session_analytics s order by 1',
    );
    return rows.map(({ row }) => row);
  };

  test('a source that is renamed in the config alone does not land twice, and its failure and `sources` print how to rename it', async () => {
    const before = await analytics();
    const { project_a: url, project_b: other } = star.hosts;
    sources = { project_z: url!, project_b: other! };
    tables = { ...starTables, exchange_rates: { from: 'project_z' } };
    const failure = (await land('project_z').catch((error: unknown) => error)) as ApplicationFailure;
    expect(failure).toMatchObject({ type: 'CannotRead', nonRetryable: true });
    expect(await analytics()).toEqual(before);

    const listed = await run('tidehouse sources');
    const rename = printed(listed.stdout, 'sources rename');
    expect(rename).toBe('tidehouse sources rename project_a project_z');
    expect(printed(failure.message, 'sources rename')).toBe(rename);
    expect((await run('tidehouse status')).stdout).toMatch(/project_a +events +3 .*tidehouse sources\n/s);
    if (shape === 'leaves')
      expect((await run('tidehouse doctor')).stdout).toMatch(
        /rows of project_a +.* 16 rows .*tidehouse sources/,
      );

    expect(await run(rename)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('add --yes') as string,
    });
    await visit(star.host, 4);
    const reading = readProjects();
    expect(await run(rename, '--yes')).toMatchObject({
      code: 0,
      stdout:
        'Renamed 16 rows of project_a. To read what has changed since: tidehouse sync --source project_z\n',
    });
    expect(await reading()).toEqual(new Set(['project_a', 'project_z']));
    expect(await analytics()).toEqual(
      before.map((row) => row.replace('(project_a,', '(project_z,')).sort((a, b) => (a < b ? -1 : 1)),
    );

    const { tables: landed } = await land('project_z');
    expect([landed['pages'], landed['events']!.inserted]).toEqual([
      expect.objectContaining({ inserted: 1 }),
      1,
    ]);
    expect(await dataDifference(url!, star.warehouse, 'project_z')).toEqual({});
    expect(await rowsOf('project_a')).toBe(0);
    expect(await ledgerOf('project_a')).toEqual([]);
    expect(await partitionsOf('project_a')).toEqual([]);
    expect((await partitionsOf('project_z')).length > 0).toBe(shape === 'leaves');
    expect(await ledgerOf('project_z')).toEqual(expect.arrayContaining(['batch', 'day', 'lag', 'position']));
    expect(await analyticsDifference(star.warehouse)).toEqual([]);
    expect(await wrongSessions(star.warehouse)).toEqual([]);
  });

  /** Reads until the returned function is called: which project each look showed, and that it showed all of its tables. */
  function readProjects() {
    const seen = new Set<string>();
    const over = new AbortController();
    const reading = (async () => {
      const reader = await openText(star.warehouseUrl);
      while (!over.signal.aborted || !seen.has('project_z')) {
        const { rows } = await reader.query<{ seen: string }>(
          `select string_agg(project || ' ' || rows, ', ' order by project, t) as seen
           from (select project, 1 as t, count(*) as rows from clean.pages group by 1
                 union all select project, 2, count(*) from clean.events group by 1
                 union all select project, 3, count(*) from session_analytics group by 1) each
           where project not in ('project_b', 'closed')`,
        );
        const project = rows[0]!.seen.split(' ')[0]!;
        expect(rows[0]!.seen).toBe(`${project} 3, ${project} 3, ${project} 3`);
        seen.add(project);
      }
      await reader.end();
    })();
    return async () => {
      over.abort();
      await reading;
      return seen;
    };
  }

  if (shape === 'leaves') testDecisions();

  function testDecisions() {
    test('a name that has rows, or that the config still has, is refused', async () => {
      const before = await analytics();
      expect(await run('tidehouse sources rename project_z project_b --yes')).toMatchObject({ code: 2 });
      expect(await run('tidehouse sources rename project_a project_z --yes')).toMatchObject({ code: 2 });
      expect(await run('tidehouse sources remove project_z --rows drop --yes')).toMatchObject({ code: 2 });
      expect(await analytics()).toEqual(before);
    });

    test('a table that the config no longer chooses is an orphan until its rows are kept, or until it is chosen again', async () => {
      const { pages, ...others } = tables;
      tables = others;
      await land('project_z');
      const { stdout } = await run('tidehouse sources');
      const keep = printed(stdout, 'sources remove');
      expect(keep).toBe('tidehouse sources remove project_z pages --rows keep');
      expect((await run('tidehouse status')).stdout).toMatch(/project_z +pages +4 /);
      expect(await run(keep, '--yes')).toMatchObject({ code: 0, stdout: 'Kept 4 rows of project_z.\n' });
      expect((await run('tidehouse sources')).stdout).toMatch(/project_z +pages: kept +1 +4/);

      tables = { pages: pages!, ...others };
      await star.host.query('delete from pages where id = 1');
      await land('project_z');
      expect(await dataDifference(sources['project_z']!, star.warehouse, 'project_z')).toEqual({});
      expect((await run('tidehouse sources')).stdout).not.toContain('kept');
    });

    test('a table that the source renames is followed to its new name, and its views and its empty table are named', async () => {
      tables = { ...tables, 'pay*': {} };
      await star.host.query('create table payments (id int primary key); insert into payments values (1)');
      await land('project_z');
      await star.warehouse.query('create view paid as select id from clean.payments');
      await star.host.query('alter table payments rename to pays');
      await land('project_z');
      const { stdout } = await run('tidehouse sources');
      expect(stdout).toMatch(/project_z +payments: now lands as pays +1 +1/);
      expect(stdout).toContain('payments was renamed there: its rows have landed once more, as pays.');
      const removed = await run('tidehouse sources remove project_z payments --rows drop', '--yes');
      expect(removed.stderr).toContain('clean.payments is read by public.paid.');
      expect(removed.stdout).toBe('Deleted 1 row of project_z.\n');

      await star.warehouse.query('drop view paid');
      await star.host.query('drop table pays');
      await land('project_z');
      expect((await run('tidehouse sources')).stdout).toMatch(/project_z +pays: no longer read +1 +1/);
      const { stdout: printedNow } = await run(
        'tidehouse sources remove project_z pays --rows drop',
        '--yes',
      );
      const statement = printedNow.split('\n').find((line) => line.startsWith('drop table'))!;
      await star.warehouse.query(statement);
      await star.host.query('create table pays (id int primary key); insert into pays values (7)');
      await land('project_z');
      expect((await star.warehouse.query('select id from clean.pays')).rows).toEqual([{ id: '7' }]);
    });
  }

  test('a source that the config no longer has is dropped by the printed command, and no other loses a row', async () => {
    sources = { project_z: sources['project_z']! };
    const before = await rowsOf('project_z');
    const lines = (await run('tidehouse sources')).stdout.split('\n');
    const [keep, drop] = lines.filter((line) => line.includes('sources remove'));
    expect(keep).toMatch(/ remove project_b --rows keep$/);
    await run(drop!);
    expect(await rowsOf('project_b')).toBeGreaterThan(0);
    expect(await run(drop!, '--yes')).toMatchObject({ code: 0, stdout: 'Deleted 15 rows of project_b.\n' });
    expect(await rowsOf('project_b')).toBe(0);
    expect(await ledgerOf('project_b')).toEqual([]);
    expect(await partitionsOf('project_b')).toEqual([]);
    if (shape === 'leaves') await expectToGiveWay();
    await land('project_z');
    expect(await rowsOf('project_z')).toBe(before);
    expect(await analyticsDifference(star.warehouse)).toEqual([]);
    expect((await run('tidehouse sources')).stdout).not.toContain('project_b');
  });

  /** An empty partition in the way of a query stays, until somebody drops it as it is printed. */
  async function expectToGiveWay() {
    for (const statement of createLeaf({ schema: 'clean', name: 'pages' }, 'project_b'))
      await star.warehouse.query(statement);
    const dropping = await openText(star.warehouseUrl);
    await star.warehouse.query('begin; select count(*) from clean.pages');
    const stay = await dropLeaves(dropping, defaultTimeouts, 'project_b', {
      lockMs: 100,
      pauseMs: 10,
      forMs: 0,
    });
    await star.warehouse.query('commit');
    expect(stay).toEqual(['"part"."clean.pages@project_b"']);
    expect(await ledgerOf('project_b')).toEqual([]);
    await star.warehouse.query(`drop table ${stay.join(', ')}`);
    expect(await partitionsOf('project_b')).toEqual([]);
    await dropping.end();
  }
});
