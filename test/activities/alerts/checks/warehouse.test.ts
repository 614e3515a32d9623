import { askWarehouse } from '../../../../activities/alerts/checks/warehouse.ts';
import { defaultTimeouts } from '../../../../activities/postgres/timeouts.ts';
import { testConfig } from '../../../support/config.ts';
import { freshWarehouse } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';

test('a source whose clock runs ahead is as late as its last landing', async () => {
  const warehouse = await freshWarehouse();
  try {
    await query(
      warehouse.url,
      `insert into ops.source (source, batch, snapshot_xmin, complete_through, landed_at)
       values ('fast', 'b', '700', now() + interval '3 hours', now() - interval '1 hour'),
              ('fresh', 'b', '700', now() - interval '1 minute', now())`,
    );
    const reader = testConfig({
      sources: { fast: '', fresh: '' },
      warehouse: warehouse.url,
      staging: '',
      tables: {},
    });
    const { sources } = await askWarehouse({ config: await reader.read() }, reader, defaultTimeouts);
    const minutes = Object.fromEntries(
      sources.map(({ source, lagMs }) => [source, Math.floor(lagMs / 60_000)]),
    );
    expect(minutes).toEqual({ fast: 60, fresh: 1 });
  } finally {
    await warehouse.drop();
  }
});
