import { DamagedFile } from '../../../activities/weather/damaged-file.ts';
import { parseIsolated } from '../../../activities/weather/isolated-parser.ts';
import { encode } from '../../../activities/weather/parquet-writer.ts';
import { parseParquet } from '../../../activities/weather/parquet-parser.ts';

const rows = Array.from({ length: 24 }, (_, hour) => ({
  time: 1_764_000_000_000 + hour * 3_600_000,
  values: { speed: hour, deg: 10 * hour, gust: null },
  provider: 'openweather',
}));
const encoded = async () => {
  const bytes = await encode(['speed', 'deg', 'gust'], rows);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

test('the isolated parser returns the same content as the one in this process', async () => {
  const file = await encoded();
  expect(await parseIsolated(file)).toEqual(await parseParquet(file));
});

test.each([
  ['crashes the parser', 20, 2, 'the parser crashed'],
  ['makes the file unreadable', 4, 1, /^not a readable Parquet file \(.+\)$/],
])('a flipped bit that %s affects only that file', async (_, at, bit, reason) => {
  const file = await encoded();
  new Uint8Array(file)[at]! ^= 1 << bit;
  const failed = parseIsolated(file);
  await expect(failed).rejects.toThrow(DamagedFile);
  await expect(failed).rejects.toThrow(reason);
});

test('parsing that takes too long is given up', async () => {
  await expect(parseIsolated(await encoded(), 0)).rejects.toThrow(new DamagedFile('parsing timed out'));
});
