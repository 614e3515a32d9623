import type { Secret } from './secret.ts';

/** A named coordinate. */
export interface Place {
  readonly name: string;
  /** In degrees, north and east. */
  readonly latitude: number;
  readonly longitude: number;
  /** The time zone of the days in its file names: `Europe/Minsk`. */
  readonly timezone: string;
}

export type Provider = 'openweather' | 'open-meteo';

export const providerUrls: Readonly<Record<Provider, string>> = {
  openweather: 'https://api.openweathermap.org',
  'open-meteo': 'https://api.open-meteo.com',
};
export const openMeteoArchiveUrl = 'https://archive-api.open-meteo.com';

export interface WeatherConfig {
  readonly provider: Provider;
  readonly url: string;
  readonly apiKey?: Secret;
  readonly places: readonly Place[];
  /** The folder of the files; all workers of the task queue `files` mount it. */
  readonly folder: string;
  /** The addresses of Open-Meteo's history; absent when missing hours should not be filled. */
  readonly history?: { readonly url: string; readonly archiveUrl: string };
}

/** The path of the address of a service that invents its weather. */
export const inventedPath = '/invented';

/** Where weather comes from, for people: the provider, or the service at another address that takes its place. */
export function originOf({ provider, url }: Pick<WeatherConfig, 'provider' | 'url'>): string {
  const { host, pathname } = new URL(url);
  if (pathname === inventedPath) return 'a demo station, which invents it';
  return host === new URL(providerUrls[provider]).host ? provider : `${host}, in place of ${provider}`;
}

/** The measures, with the columns of their files: °C, hPa, m/s, degrees. */
export const measures = {
  temperature: {
    folder: 'temperature_data',
    suffix: 'temp',
    columns: ['temp', 'feels_like', 'temp_min', 'temp_max', 'pressure'],
  },
  wind: { folder: 'wind_data', suffix: 'wind', columns: ['speed', 'deg', 'gust'] },
} as const;

export type Measure = keyof typeof measures;
export const measureNames = Object.keys(measures) as readonly Measure[];
export type Column = (typeof measures)[Measure]['columns'][number];

/** The weather at a place at one instant. A value that the provider omits is null. */
export interface Observation {
  /** ISO 8601; always the provider's time, never that of a local clock. */
  readonly time: string;
  readonly provider: Provider;
  readonly values: Readonly<Record<Column, number | null>>;
}

/** The path of a place's file for one day (`2026-11-24`), relative to the weather folder. */
export function dayFile(place: string, measure: Measure, day: string): string {
  const { folder, suffix } = measures[measure];
  return `${folder}/${place}_${day.replaceAll('-', '_')}_${suffix}.parquet`;
}
