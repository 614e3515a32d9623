import { renderTable } from '../client/terminal/table.ts';
import { changeConfig } from './config-file.ts';
import { onDatabase } from './database.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

const [hostCount = 100, tableCount = 20, rowCount = 1_000] = process.argv.slice(2).map(Number);
const tables = Array.from({ length: tableCount }, (_, n) => `table_${n + 1}`);

/** Measures many real sources, each with a database of its own: a first load, a change in each of them, and none. */
async function main(): Promise<void> {
  const rows = await withBench(async ({ servers, client, worker }) => {
    const { owner } = servers.sources[0]!;
    const names = Array.from({ length: hostCount }, (_, n) => `host_${n + 1}`);
    const urlOf = (name: string) => Object.assign(new URL(owner), { pathname: `/${name}` }).href;
    for (const name of names) {
      await onDatabase(owner, (database) => database.query(`create database ${name}`));
      await onDatabase(urlOf(name), (database) =>
        database.query(
          tables
            .map(
              (table) => `create table ${table} (id integer primary key, body text);
                insert into ${table} select n, 'row ' || n from generate_series(1, ${rowCount}) n`,
            )
            .join(';'),
        ),
      );
    }
    await changeConfig(servers.configFile, () => ({
      sources: Object.fromEntries(names.map((name) => [name, { url: urlOf(name) }])),
      tables: Object.fromEntries(tables.map((table) => [table, {}])),
    }));
    const seconds = async () => ((await runSync(client, servers)).wholeMs / 1_000).toFixed(1);
    const first = await seconds();
    for (const name of names)
      await onDatabase(urlOf(name), (database) =>
        database.query(tables.map((table) => `update ${table} set body = 'new' where id <= 10`).join(';')),
      );
    return [
      ['first load', first],
      ['ten rows of each table changed', await seconds()],
      ['nothing changed', await seconds()],
      ["worker's peak memory, MB", String(worker.peakMemory() ?? '?')],
    ];
  });
  const heading = `${hostCount} sources with ${tableCount} tables of ${rowCount} rows`;
  process.stdout.write(`${renderTable([heading, 'seconds'], rows)}\n`);
}

void main();
