import { encode } from '../../../activities/weather/parquet.ts';
import { parse, parseApart } from '../../../activities/weather/isolated-parser.ts';

const rows = Array.from({ length: 24 }, (_, hour) => ({
  time: 1_764_000_000_000 + hour * 3_600_000,
  values: { speed: hour, deg: 10 * hour, gust: null },
  provider: 'openweather',
}));
const bytesOf = async () => {
  const bytes = await encode(['speed', 'deg', 'gust'], rows);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

test('what is parsed apart is what is parsed here', async () => {
  const file = await bytesOf();
  expect(await parseApart(file)).toEqual(await parse(file));
});

test.each([
  ['kills its parser', 20, 2, 'its parser dies of it'],
  ['is read as something else, or not at all', 4, 1, undefined],
])('a flipped bit that %s costs a file and nothing else', async (_, at, bit, why) => {
  const file = await bytesOf();
  new Uint8Array(file)[at]! ^= 1 << bit;
  const said = await parseApart(file).then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  expect(why === undefined || said === why).toBe(true);
});

test('bytes whose parser finds no end in time are given up', async () => {
  await expect(parseApart(await bytesOf(), 0)).rejects.toThrow('it has no end');
});
