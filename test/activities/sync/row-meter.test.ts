import fc from 'fast-check';
import { csvRows, rowMeter } from '../../../activities/sync/row-meter.ts';
import type { Progress } from '../../../model/progress.ts';

test('the rows of the tables add up, and the total is reported where it is known', () => {
  const beats: Progress[] = [];
  const meter = rowMeter((progress) => beats.push(progress), { of: 30, estimated: true });
  meter.begin('orders');
  meter.passed(7.4);
  meter.passed(10);
  meter.begin('events');
  meter.passed(5);
  expect(beats).toEqual([
    { table: 'orders', rows: 0, of: 30, estimated: true },
    { table: 'orders', rows: 7, of: 30, estimated: true },
    { table: 'orders', rows: 10, of: 30, estimated: true },
    { table: 'events', rows: 10, of: 30, estimated: true },
    { table: 'events', rows: 15, of: 30, estimated: true },
  ]);
  rowMeter((progress) => expect(progress).toEqual({ table: 'orders', rows: 0 }), {}).begin('orders');
});

test('rows of CSV of about one length are estimated to within a tenth, however it is cut into chunks', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1_000, max: 3_000 }),
      fc.integer({ min: 200, max: 4_000 }),
      (rows, chunkBytes) => {
        const csv = Buffer.from(
          Array.from({ length: rows }, (_, row) => `${row + 10_000},"${'x'.repeat(row % 7)}"\n`).join(''),
        );
        let estimate = 0;
        const watch = csvRows({ passed: (passed) => (estimate = passed) });
        for (let at = 0; at < csv.length; at += chunkBytes) watch(csv.subarray(at, at + chunkBytes));
        expect(Math.abs(estimate - rows)).toBeLessThan(rows / 10);
      },
    ),
    { numRuns: 50 },
  );
});
