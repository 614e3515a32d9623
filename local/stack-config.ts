import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** The config files of a local stack. */
export interface StackConfig {
  /** The tidehouse.yaml; its secrets are files in the same folder. */
  readonly configFile: string;
  /** The `temporal.toml` with the address of the stack's Temporal server, for `tidehouse` and the `temporal` CLI. */
  readonly temporalFile: string;
  /** The password file for opening the warehouse with psql and pgAdmin. */
  readonly passFile: string;
}

/** Writes the config of a stack's servers into `folder`. Only this user can read its secrets. */
export async function writeStackConfig(
  folder: string,
  where: {
    sources: Readonly<Record<string, string>>;
    warehouse: string;
    temporalAddress: string;
    /** The section `weather` of the config; without it, no weather is observed. */
    weather?: object | undefined;
    /** The address of the Temporal Web UI, for links in messages. */
    webUi?: string | undefined;
  },
): Promise<StackConfig> {
  const secrets = join(folder, 'secrets');
  await mkdir(secrets, { recursive: true, mode: 0o700 });
  const urls = { ...where.sources, warehouse: where.warehouse };
  for (const [name, url] of Object.entries(urls))
    await writeFile(join(secrets, name), `${url}\n`, { mode: 0o600 });

  const url = (name: string) => ({ url: { file: `secrets/${name}` } });
  const config = {
    sources: Object.fromEntries(Object.keys(where.sources).map((name) => [name, url(name)])),
    warehouse: url('warehouse'),
    staging: './staging',
    analytics: 'sessions',
    tables: {
      user_sessions: {},
      events: {},
      pages: {},
      transactions: {},
      exchange_rates: { from: Object.keys(where.sources)[0] },
    },
    ...(where.weather && { weather: where.weather }),
    alerts: { ...(where.webUi !== undefined && { web_ui: where.webUi }) },
    schedules: { sync: '10m', weather: '1h', audit: '1d', alerts: '1m' },
  };
  const configFile = join(folder, 'tidehouse.yaml');
  await writeFile(
    configFile,
    `${heading}\n${stringify(withAdditions(config, await readFile(configFile, 'utf8').catch(() => '')))}`,
  );
  const temporalFile = join(folder, 'temporal.toml');
  await writeFile(
    temporalFile,
    `[profile.default]\naddress = "${where.temporalAddress}"\nnamespace = "default"\n`,
  );
  const passFile = join(folder, 'pgpass');
  const { hostname, port, username, password } = new URL(where.warehouse);
  await writeFile(passFile, `${hostname}:${port}:*:${username}:${decodeURIComponent(password)}\n`, {
    mode: 0o600,
  });
  return { configFile, temporalFile, passFile };
}

const heading = `# Written by "tidehouse up". Each start rewrites the entries of its own servers and the section weather.
# Everything else that you add (sources, tables, alerts, schedules) is kept.`;

type Section = Readonly<Record<string, unknown>>;

/** The config with everything that users have added to that of the last start: whole sections, and keys in ours. */
function withAdditions(config: Section, before: string): Section {
  const old = readSection(before);
  const merged = Object.entries({ ...old, ...config }).map(([name, ours]) => {
    const added = old[name];
    const extensible = name !== 'weather' && isSection(ours) && isSection(added);
    return [name, extensible ? { ...added, ...ours, ...(name === 'schedules' && added) } : ours];
  });
  return Object.fromEntries(merged) as Section;
}

/** The section in a YAML text; empty when the text is not YAML, so the config is written from scratch. */
function readSection(text: string): Section {
  try {
    const read: unknown = parse(text);
    return isSection(read) ? read : {};
  } catch {
    return {};
  }
}

function isSection(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
