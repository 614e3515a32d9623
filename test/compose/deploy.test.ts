import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../activities/package-root.ts';
import { parseConfig } from '../../model/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { mountsOf, readComposeFile, textOf } from './composed.ts';

const file = readComposeFile();
const sources = ['project_a', 'project_b', 'project_c'];

test('the Node version of the image satisfies package.json', () => {
  const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } };
  const [least, most] = [/>=(\d+)\.(\d+)/.exec(engines.node)!, /<(\d+)/.exec(engines.node)];
  const versions = [...textOf('deploy/Dockerfile').matchAll(/^FROM node:(\d+)\.(\d+)\.\d+-bookworm-slim/gm)];
  expect(versions.length).toBe(textOf('deploy/Dockerfile').match(/^FROM /gm)!.length);
  expect(new Set(versions.map(([image]) => image)).size).toBe(1);
  const [major, minor] = versions[0]!.slice(1).map(Number) as [number, number];
  const [leastMajor, leastMinor] = least.slice(1).map(Number) as [number, number];
  expect(major > leastMajor || (major === leastMajor && minor >= leastMinor)).toBe(true);
  if (most) expect(major).toBeLessThan(Number(most[1]));
});

test('the files that the Dockerfile copies exist, and are exactly those that .dockerignore lets in', () => {
  const copied = [...textOf('deploy/Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
    ([, names]) => names!.split(' '),
  );
  const letIn = [...textOf('.dockerignore').matchAll(/^!(\S+)$/gm)].map(([, name]) => name!);
  expect([...new Set(copied)].sort()).toEqual(letIn.sort());
  expect(copied.filter((name) => !existsSync(join(packageRoot, name)))).toEqual([]);
});

test('the config is valid, and its folders are mounted into the worker', async () => {
  const config = parseConfig(textOf('deploy/tidehouse.yaml'), 'tidehouse.yaml', {});
  expect(Object.keys(config.sources)).toEqual(sources);
  const mounted = mountsOf(file.services['worker']!).map(({ to }) => to);
  expect(mounted).toEqual(expect.arrayContaining([config.staging, config.weather!.folder]));
  const secrets = [config.warehouse, ...Object.values(config.sources)].map(({ url }) =>
    'file' in url ? url.file : '',
  );
  const generated = await generateSecrets();
  expect(secrets.filter((path) => !(path in generated))).toEqual([]);
});

test('every secret that the files refer to is generated', async () => {
  const generated = await generateSecrets();
  const scripts = ['sql/init/project.sh', 'sql/init/warehouse.sh', 'deploy/temporal/schema.sh'];
  const texts = [
    ...['docker-compose.yaml', 'deploy/tidehouse.yaml', 'deploy/temporal/server.yaml'].map(textOf),
    ...scripts.map(textOf),
    textOf('deploy/grafana/provisioning/datasources/tidehouse.yaml'),
  ].join('\n');
  const named = [...texts.matchAll(/\/run\/secrets\/[\w$-]+\/\w+/g)].map(([path]) => path);
  const paths = named.flatMap((path) =>
    path.includes('$POSTGRES_DB') ? sources.map((source) => path.replace('$POSTGRES_DB', source)) : [path],
  );
  const onlyWithKey = '/run/secrets/tidehouse/openweather';
  expect([...new Set(paths)].filter((path) => !(path in generated) && path !== onlyWithKey)).toEqual([]);
  expect(paths.length).toBeGreaterThan(15);
});

test('secrets are generated once, all different; values in .env take precedence', async () => {
  const folder = await temporaryFolder('secrets');
  const first = await generateSecrets({}, folder);
  expect(await generateSecrets({}, folder)).toEqual(first);
  const other = await generateSecrets();
  const random = Object.keys(first).filter((name) => /superuser|reader|owner|analyst|password$/.test(name));
  expect(random.filter((name) => first[name] === other[name])).toEqual([]);
  expect(new Set(random.map((name) => first[name])).size).toBe(random.length - 1 /* Grafana is an analyst */);
  const overridden = await generateSecrets(
    { PGADMIN_PASSWORD: 'chosen', OPENWEATHER_API_KEY: 'key' },
    folder,
  );
  expect(overridden['/run/secrets/pgadmin/password']).toBe('chosen');
  expect(overridden['/run/secrets/tidehouse/openweather']).toBe('key');
});

test('pgAdmin lists the four servers, with roles that are in its password file', async () => {
  const { Servers: servers } = JSON.parse(textOf('deploy/pgadmin/servers.json')) as {
    Servers: Record<string, { Host: string; Port: number; Username: string; MaintenanceDB: string }>;
  };
  const { '/run/secrets/pgadmin/pgpass': passFile } = await generateSecrets();
  const passwords = passFile!.split('\n').map((line) => line.split(':'));
  const listed = Object.values(servers);
  expect(listed.map(({ Host }) => Host).sort()).toEqual([...sources, 'warehouse']);
  for (const { Host, Port, Username, MaintenanceDB } of listed) {
    expect(passwords).toContainEqual([Host, String(Port), '*', Username, expect.any(String)]);
    expect(file.services[Host]!.environment!['POSTGRES_DB']).toBe(MaintenanceDB);
  }
});

test('Prometheus scrapes the metrics port of every worker, and Temporal', () => {
  const prometheus = parse(textOf('deploy/prometheus/prometheus.yml')) as {
    scrape_configs: {
      dns_sd_configs?: { names: string[]; port: number }[];
      static_configs?: { targets: string[] }[];
    }[];
  };
  const [workers, temporal] = prometheus.scrape_configs;
  const { environment } = file.services['worker']!;
  expect(workers!.dns_sd_configs![0]).toMatchObject({
    names: ['worker'],
    port: Number(environment!['TIDEHOUSE_METRICS']!.split(':')[1]),
  });
  expect(temporal!.static_configs![0]!.targets).toEqual(['temporal:9090']);
  expect(textOf('deploy/temporal/server.yaml')).toContain('listenAddress: 0.0.0.0:9090');
});

test('every panel queries a provisioned data source', () => {
  const { datasources } = parse(textOf('deploy/grafana/provisioning/datasources/tidehouse.yaml')) as {
    datasources: { uid: string; type: string; user?: string }[];
  };
  const { panels } = JSON.parse(textOf('deploy/grafana/dashboards/tidehouse.json')) as {
    panels: { type: string; title: string; datasource?: { uid: string; type: string } }[];
  };
  const querying = panels.filter(({ type }) => type !== 'row');
  const known = datasources.map(({ uid, type }) => `${type} ${uid}`);
  expect(
    querying.filter(({ datasource }) => !known.includes(`${datasource?.type} ${datasource?.uid}`)),
  ).toEqual([]);
  expect(querying.length).toBeGreaterThan(10);
  expect(datasources.find(({ uid }) => uid === 'warehouse')!.user).toBe('analyst');
});

/** The secrets that `deploy/secrets.mjs` generates in an empty folder, or in `folder`, by their path in the containers. */
async function generateSecrets(
  env: Readonly<Record<string, string>> = {},
  folder?: string,
): Promise<Record<string, string>> {
  const root = folder ?? (await temporaryFolder('secrets'));
  execFileSync(process.execPath, [join(packageRoot, 'deploy', 'secrets.mjs')], {
    env: { ...env, SECRETS_FOLDER: root },
  });
  const made = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    made.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [join('/run/secrets', path.slice(root.length)), readFileSync(path, 'utf8').trim()];
    }),
  );
}
