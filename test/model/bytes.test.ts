import { formatBytes } from '../../model/bytes.ts';

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [640 * 2 ** 10, '640 KiB'],
  [0.3 * 2 ** 30, '307 MiB'],
  [1.25 * 2 ** 30, '1.3 GiB'],
  [5_000 * 2 ** 40, '5000 TiB'],
])('%d bytes are formatted as %j', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
