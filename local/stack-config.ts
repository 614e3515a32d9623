import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/** Where the config of a house lies. */
export interface HouseConfig {
  /** A tidehouse.yaml whose secrets are files beside it. */
  readonly configFile: string;
  /** The `temporal.toml` that leads this command and the `temporal` CLI to the house's Temporal. */
  readonly temporalFile: string;
  /** The password file with which psql and pgAdmin open the warehouse. */
  readonly passFile: string;
}

/** Writes the config that leads to a house's servers into `folder`; what is secret is for this user's eyes only. */
export async function writeHouseConfig(
  folder: string,
  where: {
    sources: Readonly<Record<string, string>>;
    warehouse: string;
    temporalAddress: string;
    /** As the config says it; none when absent. */
    weather?: object | undefined;
    /** For links in messages. */
    webUi?: string | undefined;
  },
): Promise<HouseConfig> {
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
    tables: {
      user_sessions: {},
      events: {},
      pages: {},
      transactions: {},
      exchange_rates: { from: Object.keys(where.sources)[0] },
    },
    ...(where.weather && { weather: where.weather }),
    alerts: { ...(where.webUi !== undefined && { web_ui: where.webUi }) },
    schedules: { sync: '10m', weather: '1h', alerts: '1m' },
  };
  const configFile = join(folder, 'tidehouse.yaml');
  await writeFile(
    configFile,
    `${heading}\n${stringify(withAdded(config, await readFile(configFile, 'utf8').catch(() => '')))}`,
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

const heading = `# Written by "tidehouse up" at each start: what leads to its own servers, and its weather, is written anew.
# What you add beside that (sources, tables, alerts, schedules) is kept.`;

type Section = Readonly<Record<string, unknown>>;

/** The config with what people have added to the one of the last time: whole sections, and keys within ours. */
function withAdded(config: Section, before: string): Section {
  const old = readSection(before);
  const merged = Object.entries({ ...old, ...config }).map(([name, ours]) => {
    const added = old[name];
    const open = name !== 'weather' && isSection(ours) && isSection(added);
    return [name, open ? { ...added, ...ours, ...(name === 'schedules' && added) } : ours];
  });
  return Object.fromEntries(merged) as Section;
}

/** Nothing when it is no YAML: it is written anew then. */
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
