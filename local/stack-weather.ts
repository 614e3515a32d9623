import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const minsk = { name: 'minsk', latitude: 53.893009, longitude: 27.567444, timezone: 'Europe/Minsk' };

/** Where a house's weather comes from. */
export interface HouseWeather {
  /** In words. */
  readonly from: string;
  /** Of its files, beside the config. */
  readonly folder: string;
  /** As the config says it. */
  readonly config: object;
}

/** The real service, where the environment has a key for OpenWeather or asks for Open-Meteo; otherwise none. */
export function realWeather(env: Environment): HouseWeather | undefined {
  const [places, folder] = [[minsk], './weather'];
  if (env['OPENWEATHER_API_KEY'])
    return {
      from: 'OpenWeather',
      folder,
      config: { provider: 'openweather', api_key: '$OPENWEATHER_API_KEY', places, folder },
    };
  if (env['WEATHER_PROVIDER'] === 'open-meteo')
    return { from: 'Open-Meteo', folder, config: { provider: 'open-meteo', places, folder } };
  return undefined;
}

/** That of a demo station at `url`, in files of their own, so that invented weather is never among the real. */
export async function demoWeather(houseFolder: string, url: string): Promise<HouseWeather> {
  await mkdir(join(houseFolder, 'secrets'), { recursive: true, mode: 0o700 });
  await writeFile(join(houseFolder, 'secrets', 'station-key'), 'any key will do\n', { mode: 0o600 });
  const folder = './demo-weather';
  return {
    folder,
    from: 'a demo station on this machine, which invents it; for real weather: OPENWEATHER_API_KEY=… npm start, or WEATHER_PROVIDER=open-meteo npm start',
    config: {
      provider: 'openweather',
      url,
      api_key: { file: 'secrets/station-key' },
      places: [minsk],
      folder,
      history: { url },
    },
  };
}
