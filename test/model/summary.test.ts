import fc from 'fast-check';
import { summaryOf } from '../../model/summary.ts';

test('a short line is unchanged, and further lines are left out', () => {
  expect(summaryOf('project_a: 5 tables, 12,345 rows')).toBe('project_a: 5 tables, 12,345 rows');
  expect(summaryOf('what happened\nand why')).toBe('what happened');
  expect(summaryOf('')).toBe('');
});

test('the summary of any text has a length that Temporal accepts, and ends with … if it was cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
      const line = summaryOf(text);
      expect(Buffer.byteLength(JSON.stringify(line))).toBeLessThanOrEqual(400);
      if (line !== text.split(/\p{Cc}/u)[0]) expect(line.endsWith('…')).toBe(true);
      expect(text.startsWith(line.replace(/…$/, ''))).toBe(true);
    }),
  );
});
