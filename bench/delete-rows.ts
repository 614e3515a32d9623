import { renderTable } from '../client/terminal/table.ts';
import { changeConfig } from './config-file.ts';
import { onDatabase } from './database.ts';
import { spreadOf } from './measured.ts';
import { runSync } from './tidehouse.ts';
import { withBench } from './with-bench.ts';

const [rowCount = 500_000] = process.argv.slice(2).map(Number);
const rounds = 5;

/** Measures what a table that loses rows in every run costs, compared with one that only changes. */
async function main(): Promise<void> {
  const medians = await withBench(async ({ servers, client }) => {
    const { name, owner } = servers.sources[0]!;
    const change = (sql: string) => onDatabase(owner, (database) => database.query(sql));
    await change(`create table orders (id bigint primary key, body text, at timestamptz default now());
      insert into orders select n, 'order ' || n from generate_series(1, ${rowCount}) n;
      grant select on orders to tidehouse_reader`);
    await changeConfig(servers.configFile, (sources) => ({
      sources: { [name]: sources[name]! },
      tables: { orders: {} },
    }));
    await runSync(client, servers);
    for (const url of [owner, servers.tidehouseUrl])
      await onDatabase(url, (database) => database.query('vacuum analyze'));
    let next = 0;
    const median = async (sql: (from: number) => string): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round <= rounds; round++) {
        await change(sql(next));
        next += 1_000;
        const { wholeMs } = await runSync(client, servers);
        // The first round meets deletes that nobody expected, or keys that are still sent after earlier deletes.
        if (round > 0) times.push(wholeMs);
      }
      return spreadOf(times).median;
    };
    const updates = (from: number) =>
      `update orders set body = body || '.' where id > ${from} and id <= ${from + 1_000}`;
    return {
      without: await median(updates),
      with: await median(
        (from) => `${updates(from)}; delete from orders where id > ${from} and id <= ${from + 10}`,
      ),
    };
  });
  const ratio = (medians.with / medians.without).toFixed(2);
  const rows = [
    ['1,000 updates', (medians.without / 1_000).toFixed(2), '1'],
    ['the same and 10 deletes', (medians.with / 1_000).toFixed(2), ratio],
  ];
  process.stdout.write(`${renderTable([`${rowCount} rows, each run`, 'seconds', 'ratio'], rows)}\n`);
}

void main();
