import { askWarehouse } from '../../../../activities/alerts/checks/warehouse.ts';
import { defaultTimeouts } from '../../../../activities/postgres/timeouts.ts';
import { testConfig } from '../../../support/config.ts';
import { freshWarehouse } from '../../../support/postgres.ts';
import { query } from '../../../support/query.ts';

test('a source is as late as it is by the clock of the warehouse, whatever its own clock says', async () => {
  const warehouse = await freshWarehouse();
  try {
    await query(
      warehouse.url,
      `insert into ops.source (source, batch, snapshot_xmin, complete_through, landed_at, clock_ahead)
       values ('fast', 'b', '700', now() + interval '3 hours', now() - interval '1 hour', '0'),
              ('faster', 'b', '700', now() + interval '1 hour', now() - interval '119 minutes', '3 hours'),
              ('slow', 'b', '700', now() - interval '185 minutes', now(), '-3 hours'),
              ('fresh', 'b', '700', now() - interval '1 minute', now(), '0')`,
    );
    const reader = testConfig({
      sources: { fast: '', faster: '', slow: '', fresh: '' },
      warehouse: warehouse.url,
      staging: '',
      tables: {},
    });
    const { sources } = await askWarehouse({ config: await reader.read() }, reader, defaultTimeouts);
    const minutes = Object.fromEntries(
      sources.map(({ source, lagMs }) => [source, Math.floor(lagMs / 60_000)]),
    );
    expect(minutes).toEqual({ fast: 60, faster: 120, slow: 5, fresh: 1 });
  } finally {
    await warehouse.drop();
  }
});
