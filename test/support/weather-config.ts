import { quietAlerts } from './config.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { Place, WeatherConfig } from '../../model/weather.ts';

export const minsk: Place = {
  name: 'minsk',
  latitude: 53.893009,
  longitude: 27.567444,
  timezone: 'Europe/Minsk',
};
export const warsaw: Place = { name: 'warsaw', latitude: 52.23, longitude: 21.01, timezone: 'Europe/Warsaw' };
export const kolkata: Place = {
  name: 'kolkata',
  latitude: 22.57,
  longitude: 88.36,
  timezone: 'Asia/Kolkata',
};

/** A key in OpenWeather's format that belongs to nobody. */
export const key = '00112233445566778899aabbccddeeff';

/** A config with the weather of the server at `url`: OpenWeather's, unless `weather` names another provider. */
export function weatherConfig(
  url: string,
  folder: string,
  weather: Partial<WeatherConfig> = {},
): ConfigReader {
  const config: Config = {
    sources: {},
    warehouse: { url: { value: '' } },
    staging: '',
    tables: {},
    weather: {
      provider: 'openweather',
      url,
      apiKey: { value: key },
      places: [minsk, warsaw, kolkata],
      folder,
      history: { url, archiveUrl: url },
      ...weather,
    },
    alerts: quietAlerts,
    schedules: { sync: 600_000, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 },
  };
  return {
    read: () => Promise.resolve(config),
    reveal: (secret) => Promise.resolve('value' in secret ? secret.value : ''),
  };
}
