import type { Secret } from './secret.ts';

/** A named coordinate. */
export interface Place {
  readonly name: string;
  /** In degrees, north and east. */
  readonly latitude: number;
  readonly longitude: number;
  /** Of its day, which names its files: `Europe/Minsk`. */
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
  /** Where the files are; all workers of the queue `files` mount it. */
  readonly folder: string;
  /** Where Open-Meteo's hours of the past are; absent when missed hours are not to be filled. */
  readonly history?: { readonly url: string; readonly archiveUrl: string };
}

/** What is measured, and the columns of its file: °C, hPa, m/s, degrees. */
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

/** The weather at a place at one instant. What a provider does not give is null. */
export interface Observation {
  /** ISO 8601; the provider's, never a clock's of ours. */
  readonly time: string;
  readonly provider: Provider;
  readonly values: Readonly<Record<Column, number | null>>;
}

/** The file of a place's day, below the weather folder. */
export function dayFile(place: string, measure: Measure, day: string): string {
  const { folder, suffix } = measures[measure];
  return `${folder}/${place}_${day.replaceAll('-', '_')}_${suffix}.parquet`;
}
