import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const minsk = { name: 'minsk', latitude: 53.893009, longitude: 27.567444, timezone: 'Europe/Minsk' };

/** The weather of a local stack. */
export interface StackWeather {
  /** The origin of the data, as the end of a sentence, and what to run for another one. */
  readonly from: string;
  /** The folder of its files, relative to the config. */
  readonly folder: string;
  /** The section `weather` of the config. */
  readonly config: object;
}

/** A real service if the environment has a key for OpenWeather or chooses Open-Meteo; otherwise undefined. */
export function realWeather(env: Environment): StackWeather | undefined {
  const [places, folder] = [[minsk], './weather'];
  if (env['OPENWEATHER_API_KEY'])
    return {
      from: 'OpenWeather.',
      folder,
      config: { provider: 'openweather', api_key: '$OPENWEATHER_API_KEY', places, folder },
    };
  if (env['WEATHER_PROVIDER'] === 'open-meteo')
    return { from: 'Open-Meteo.', folder, config: { provider: 'open-meteo', places, folder } };
  return undefined;
}

/** The invented weather of the demo station at `url`, in a separate folder from any real weather. */
export async function demoWeather(stackFolder: string, url: string): Promise<StackWeather> {
  await mkdir(join(stackFolder, 'secrets'), { recursive: true, mode: 0o700 });
  await writeFile(join(stackFolder, 'secrets', 'station-key'), 'any key will do\n', { mode: 0o600 });
  const folder = './demo-weather';
  return {
    folder,
    from: 'a demo station on this machine, which invents it. For real weather, run one of:\n  OPENWEATHER_API_KEY=… npm start\n  WEATHER_PROVIDER=open-meteo npm start',
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
