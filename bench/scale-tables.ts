import { renderTable } from '../client/terminal/table.ts';
import { changeConfig } from './config-file.ts';
import { onDatabase } from './database.ts';
import { spreadOf } from './measured.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

const [tableCount = 500] = process.argv.slice(2).map(Number);
const rounds = 5;
const names = Array.from({ length: tableCount }, (_, n) => `table_${n + 1}`);

/** Measures what many small tables of one source cost when none of them, or one, has changed. */
async function main(): Promise<void> {
  const rows = await withBench(async ({ servers, client }) => {
    const source = servers.sources[0]!;
    await onDatabase(source.owner, async (database) => {
      for (const name of names)
        await database.query(
          `create table ${name} (id integer primary key, body text);
           insert into ${name} select n, 'row ' || n from generate_series(1, 100) n;
           grant select on ${name} to tidehouse_reader`,
        );
    });
    await changeConfig(servers.configFile, (sources) => ({
      sources: { [source.name]: sources[source.name]! },
      tables: Object.fromEntries(names.map((name) => [name, {}])),
    }));
    const first = await runSync(client, servers);
    for (const url of [source.owner, servers.tidehouseUrl])
      await onDatabase(url, (database) => database.query('vacuum analyze'));
    const median = async (change: () => Promise<unknown>): Promise<string> => {
      const times: number[] = [];
      while (times.length < rounds) {
        await change();
        times.push((await runSync(client, servers)).wholeMs);
      }
      return (spreadOf(times).median / 1_000).toFixed(2);
    };
    const oneRow = () =>
      onDatabase(source.owner, (database) => database.query(`update table_1 set body = body || '.'`));
    return [
      ['first load', (first.wholeMs / 1_000).toFixed(2)],
      ['nothing changed', await median(() => Promise.resolve())],
      ['one table changed', await median(oneRow)],
    ];
  });
  process.stdout.write(`${renderTable([`${tableCount} tables`, 'seconds'], rows)}\n`);
}

void main();
