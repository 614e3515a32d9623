import type { Manifest } from '../../model/batch.ts';
import { busyApplication } from '../support/busy-application.ts';
import type { Counts } from '../support/busy-application.ts';
import { difference, rowsOf } from '../support/same-rows.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { syncOnce } from '../support/sync-once.ts';
import { UsualWay } from '../support/usual-way.ts';

/** A minute finds the rarest collisions; a quarter of that is enough for CI. */
const seconds = Number(process.env['TIDEHOUSE_LOSS_SECONDS'] ?? 15);
const writers = 12;

interface Seen {
  readonly columns: readonly string[];
  readonly rows: readonly string[];
}

describe('while twelve writers change a source that is read again and again', () => {
  let star: Star;
  const seen = new Map<string, Seen>();
  const usual = [
    new UsualWay('user_sessions', 'user_id, id', 'updated_at'),
    new UsualWay('events', 'user_id, id', 'created_at'),
    new UsualWay('transactions', 'user_id, id', 'created_at'),
  ];
  let usualLost = 0;

  beforeAll(async () => {
    star = await openStar({
      async onStaged(client, manifest: Manifest) {
        seen.clear();
        for (const { table, shape } of manifest.tables) {
          const columns = shape.columns.map(({ name }) => name);
          seen.set(table, { columns, rows: await rowsOf(client, 'public', table, columns) });
        }
        usualLost = 0;
        for (const way of usual) {
          await way.read(client);
          usualLost += await way.lost(client);
        }
      },
    });
    await star.host.query(
      `insert into pages (id, name, created_at) select i, 'page ' || i, now() from generate_series(1, 20) i`,
    );
  });
  afterAll(() => star.close());

  test(
    'every run lands exactly its snapshot, while the usual way loses rows',
    async () => {
      const application = busyApplication(star.hosts['project_a']!, { writers, seed: 1 });
      const endAt = Date.now() + seconds * 1000;
      const wrong: string[] = [];
      let counts: Counts;
      let runs = 0;
      let again = 0;
      const compare = async () => {
        const { batches } = await syncOnce(star.activities, 'project_a');
        again += batches.length - 1;
        runs++;
        for (const [table, { columns, rows }] of seen) {
          const { missing, extra } = difference(
            rows,
            await rowsOf(star.warehouse, 'clean', table, columns, 'project_a'),
          );
          if (missing.length + extra.length > 0)
            wrong.push(`run ${runs}, ${table}: missing ${missing.join(' ')}, extra ${extra.join(' ')}`);
        }
      };
      try {
        while (Date.now() < endAt) await compare();
      } finally {
        counts = await application.stop();
      }
      await compare();

      expect(wrong).toEqual([]);
      expect(usualLost).toBeGreaterThan(0);
      expect(runs).toBeGreaterThan(seconds / 2);
      expect(again).toBeGreaterThan(0);
      for (const trouble of [
        'long',
        'savepoint',
        'savepoint undone',
        'rollback',
        'prepared',
        'closeSession',
        'swapPages',
        'moveKey',
        'reinsert',
        'settle',
      ])
        expect(counts[trouble]).toBeGreaterThan(0);
      console.info(JSON.stringify({ runs, again, usualLost, counts }));
    },
    (seconds + 60) * 1000,
  );
});
