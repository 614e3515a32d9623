import { limits, pinnedSettings } from '../../../activities/postgres/session.ts';
import { defaultTimeouts } from '../../../activities/postgres/timeouts.ts';
import { quoteIdent } from '../../../model/identifier.ts';
import { harmlessSettings } from '../../support/harmless-settings.ts';

import { changes, equal, openHost } from '../../support/host.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { openText } from '../../support/star.ts';

test('every setting of the server that a session may change is pinned, or cannot matter for a reason', async () => {
  const database = await freshDatabase('settings');
  const client = await openText(database.url);
  try {
    const { rows } = await client.query<{ name: string }>(
      `select name from pg_settings where context = 'user' order by name`,
    );
    const pinned = [...pinnedSettings, ...limits(defaultTimeouts, 0)].map(({ name }) => name);
    const harmless = Object.values(harmlessSettings).flat();
    const covered = new Set([...pinned, ...harmless].map((name) => name.toLowerCase()));
    expect(rows.filter(({ name }) => !covered.has(name.toLowerCase()))).toEqual([]);
    expect(harmless.filter((name) => pinned.includes(name))).toEqual([]);
    expect(new Set(harmless).size).toBe(harmless.length);
    expect(rows.length).toBeGreaterThan(100);
  } finally {
    await client.end();
    await database.drop();
  }
});

/** Values that change the text of rows, or what statements do, unless the setting is pinned. */
const unusual: Readonly<Record<string, string>> = {
  array_nulls: 'off',
  quote_all_identifiers: 'on',
  standard_conforming_strings: 'off',
  xmloption: 'document',
  exit_on_error: 'on',
  row_security: 'on',
  gin_fuzzy_search_limit: '1',
  datestyle: 'German',
  timezone: 'Asia/Kolkata',
  intervalstyle: 'sql_standard',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  default_transaction_isolation: 'serializable',
  statement_timeout: '200ms',
  transaction_timeout: '200ms',
};

test('no setting of a database, on either side, changes or breaks a landing', async () => {
  let slow = false;
  const host = await openHost({
    ddl: `create type mood as enum ('sad', 'back\\slash');
          create table t (id integer primary key, at timestamptz, d date, i interval, b bytea, f float8, a text[], x xml, m mood, c regclass);
          insert into t values (1, '2024-01-02 03:04:05.678901+00', '2024-01-02', '-1 day +02:03', '\\x5c00', 0.1 + 0.2::float8,
            array['NULL', null, 'b\\c'], 'text <and/> more', 'back\\slash', 'pg_class')`,
    tables: { t: {} },
    timeouts: { newLeafMs: 500 },
    onStaged: async (client) => {
      slow = true;
      await client.query('select pg_sleep(0.5)');
    },
  });
  try {
    for (const client of [host.app, host.warehouse]) {
      const { rows } = await client.query<{ name: string }>('select current_database() as name');
      for (const [name, value] of Object.entries(unusual))
        await client.query(`alter database ${quoteIdent(rows[0]!.name)} set ${name} = '${value}'`);
    }
    expect(changes(await host.land(), 't')).toEqual({ inserted: 1 });
    expect(await host.difference('t')).toEqual(equal);
    await host.app.query('update t set id = id');
    expect(changes(await host.land(), 't')).toEqual({ unchanged: 1 });
    expect(slow).toBe(true);
  } finally {
    await host.close();
  }
});
