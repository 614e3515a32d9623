import type { AlertsConfig } from '../../model/alerts-config.ts';
import type { Config, ConfigReader } from '../../model/config.ts';
import type { TableConfig } from '../../model/table-config.ts';

/** The five tables of the session star at the sources. */
export const starTables: Record<string, TableConfig> = {
  user_sessions: {},
  events: {},
  pages: {},
  transactions: {},
  exchange_rates: { from: 'project_a' },
};

/** Alerts to the log, with timeouts that tests do not reach by accident. */
export const quietAlerts: AlertsConfig = {
  lateAfterMs: 3_600_000,
  stuckAfterMs: 3_600_000,
  weatherAfterMs: 2 * 3_600_000,
  remindAfterMs: 24 * 3_600_000,
  quietMs: 0,
  diskFree: 0,
};

/** A config with schedules and nothing else. */
export const schedulesOnly: Config = {
  sources: {},
  warehouse: { url: { value: '' } },
  staging: '',
  tables: {},
  alerts: quietAlerts,
  schedules: { sync: 600_000, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 },
};

/** A config from values, for activities that run within a test. */
export function testConfig(given: {
  sources: Record<string, string>;
  warehouse: string;
  staging: string;
  tables?: Record<string, TableConfig>;
  alerts?: AlertsConfig;
  salt?: string;
  newTables?: 'follow' | 'ignore';
}): ConfigReader {
  const config: Config = {
    sources: Object.fromEntries(
      Object.entries(given.sources).map(([name, value]) => [name, { url: { value } }]),
    ),
    warehouse: { url: { value: given.warehouse } },
    staging: given.staging,
    tables: given.tables ?? starTables,
    ...(given.salt !== undefined && { maskSalt: { value: given.salt } }),
    ...(given.newTables && { newTables: given.newTables }),
    alerts: given.alerts ?? quietAlerts,
    schedules: { sync: 600_000, weather: 3_600_000, audit: 86_400_000, alerts: 60_000 },
  };
  return {
    read: () => Promise.resolve(config),
    reveal: (secret) => Promise.resolve('value' in secret ? secret.value : ''),
  };
}
