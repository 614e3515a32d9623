import type { Config, ConfigReader, TableConfig } from '../../model/config.ts';

/** The five tables of the session star, as the hosts have them. */
export const starTables: Record<string, TableConfig> = {
  user_sessions: {},
  events: {},
  pages: {},
  transactions: {},
  exchange_rates: { from: 'project_a' },
};

/** A config made of values, for steps that run within a test. */
export function testConfig(given: {
  sources: Record<string, string>;
  warehouse: string;
  staging: string;
  tables?: Record<string, TableConfig>;
}): ConfigReader {
  const config: Config = {
    sources: Object.fromEntries(
      Object.entries(given.sources).map(([name, value]) => [name, { url: { value } }]),
    ),
    warehouse: { url: { value: given.warehouse } },
    staging: given.staging,
    tables: given.tables ?? starTables,
    schedules: { sync: 600_000, weather: 3_600_000 },
  };
  return {
    read: () => Promise.resolve(config),
    reveal: (secret) => Promise.resolve('value' in secret ? secret.value : ''),
  };
}
