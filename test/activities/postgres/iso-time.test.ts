import { isoTime } from '../../../activities/postgres/iso-time.ts';
import { freshDatabase } from '../../support/postgres.ts';
import { openText } from '../../support/star.ts';

test.each([
  ['1795887717.123456', '2026-11-28T17:41:57.123456Z'],
  ['1795887717.1', '2026-11-28T17:41:57.100000Z'],
  ['1795887717', '2026-11-28T17:41:57.000000Z'],
  ['0.000001', '1970-01-01T00:00:00.000001Z'],
])('%s is %s', (epoch, iso) => {
  expect(isoTime(epoch)).toBe(iso);
});

test('an instant passes through Postgres unchanged, whatever the settings of the session', async () => {
  const database = await freshDatabase('times');
  const client = await openText(database.url);
  try {
    await client.query(`set timezone = 'Asia/Kathmandu'; set datestyle = 'German'`);
    for (const iso of ['2026-11-24T17:41:57.123456Z', '2038-01-19T03:14:07.999999Z']) {
      // As a double too, the result in Postgres 13.
      for (const type of ['numeric', 'double precision']) {
        const { rows } = await client.query<{ epoch: string }>(
          `select extract(epoch from $1::timestamptz)::${type} as epoch`,
          [iso],
        );
        expect([type, isoTime(rows[0]!.epoch)]).toEqual([type, iso]);
      }
    }
  } finally {
    await client.end();
    await database.drop();
  }
});
