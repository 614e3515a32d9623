import { decode } from '../../../activities/weather/parquet.ts';
import { encode } from '../../../activities/weather/parquet-writer.ts';

test('encoded rows decode to the same rows', async () => {
  const rows = [
    { time: 1_764_000_000_000, values: { speed: 1.5, deg: 120, gust: null }, provider: 'openweather' },
    { time: 1_764_003_600_000, values: { speed: 0, deg: 0, gust: 7 }, provider: 'open-meteo' },
  ];
  const columns = ['speed', 'deg', 'gust'];
  expect(await decode(columns, await encode(columns, rows))).toEqual({
    rows,
    foreign: false,
    leavesOut: false,
  });
});
