import { scheduleIds, scheduledIntervals } from '../../model/schedules.ts';
import { schedulesOnly } from '../support/config.ts';
import { minsk } from '../support/weather-config.ts';

const weather = { provider: 'open-meteo', url: '', places: [minsk], folder: '' } as const;

test('a config without places has no weather schedule', () => {
  const withoutWeather = [
    { id: 'sync', everyMs: 600_000 },
    { id: 'audit', everyMs: 86_400_000 },
    { id: 'alerts', everyMs: 60_000 },
  ];
  expect(scheduledIntervals(schedulesOnly)).toEqual(withoutWeather);
  expect(scheduledIntervals({ ...schedulesOnly, weather: { ...weather, places: [] } })).toEqual(
    withoutWeather,
  );
});

test('a config with a place has every schedule', () => {
  expect(scheduledIntervals({ ...schedulesOnly, weather }).map(({ id }) => id)).toEqual(scheduleIds);
});
