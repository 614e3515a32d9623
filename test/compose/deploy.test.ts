import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../activities/package-root.ts';
import { parseConfig } from '../../model/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { mountsOf, readComposeFile, textOf } from './composed.ts';

const file = readComposeFile();
const sources = ['project_a', 'project_b', 'project_c'];

test('the base of the image is pinned by its digest, and its Node satisfies package.json', () => {
  const { engines } = JSON.parse(textOf('package.json')) as { engines: { node: string } };
  const [least, most] = [/>=(\d+)\.(\d+)/.exec(engines.node)!, /<(\d+)/.exec(engines.node)];
  const dockerfile = textOf('deploy/Dockerfile');
  const base = /^ARG NODE_IMAGE=node:(\d+)\.(\d+)\.\d+-bookworm-slim@sha256:[0-9a-f]{64}$/m.exec(dockerfile)!;
  expect(dockerfile.match(/^FROM (?!\$\{NODE_IMAGE\})/gm)).toBeNull();
  const [major, minor] = base.slice(1).map(Number) as [number, number];
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
  const config = parseConfig(textOf('deploy/tidehouse.example.yaml'), 'tidehouse.yaml', {});
  expect(Object.keys(config.sources)).toEqual(sources);
  const mounted = mountsOf(file.services['worker']!).map(({ to }) => to);
  expect(mounted).toEqual(expect.arrayContaining([config.staging, config.weather!.folder]));
  const secrets = [config.warehouse, ...Object.values(config.sources)].map(({ url }) =>
    'file' in url ? url.file : '',
  );
  const generated = await generateSecrets();
  expect(secrets.filter((path) => !(path in generated))).toEqual([]);
});

test('the config is valid too with each line that a person may take in', () => {
  const example = textOf('deploy/tidehouse.example.yaml');
  const taken = example
    .replace('  provider: open-meteo\n', '')
    .replaceAll(/^( *)# ( *(?:project_d|provider|api_key|alerts|telegram):.*)$/gm, '$1$2');
  const config = parseConfig(taken, 'tidehouse.yaml', {});
  expect(Object.keys(config.sources)).toEqual([...sources, 'project_d']);
  expect(config.weather!.provider).toBe('openweather');
  expect(config.alerts.telegram).toMatchObject({ chats: [{ id: '-1001234567890' }] });
});

test('every secret that the files refer to is generated', async () => {
  const generated = await generateSecrets();
  const scripts = ['sql/init/project.sh', 'sql/init/warehouse.sh', 'deploy/temporal/schema.sh'];
  const texts = [
    ...['docker-compose.yaml', 'deploy/tidehouse.example.yaml', 'deploy/temporal/server.yaml'].map(textOf),
    ...scripts.map(textOf),
    textOf('deploy/grafana/provisioning/datasources/tidehouse.yaml'),
  ].join('\n');
  const named = [...texts.matchAll(/\/run\/secrets\/[\w$-]+\/\w+/g)].map(([path]) => path);
  const paths = named.flatMap((path) =>
    path.includes('$POSTGRES_DB') ? sources.map((source) => path.replace('$POSTGRES_DB', source)) : [path],
  );
  const given = ['openweather', 'project_d', 'telegram'].map((name) => `/run/secrets/tidehouse/${name}`);
  expect([...new Set(paths)].filter((path) => !(path in generated) && !given.includes(path))).toEqual([]);
  expect(paths.length).toBeGreaterThan(15);
});

test('secrets are generated once, all different', async () => {
  const folder = await temporaryFolder('secrets');
  const first = await generateSecrets({}, folder);
  expect(await generateSecrets({}, folder)).toEqual(first);
  const other = await generateSecrets();
  const random = Object.keys(first).filter((name) => /superuser|reader|owner|analyst|password$/.test(name));
  expect(random.filter((name) => first[name] === other[name])).toEqual([]);
  expect(new Set(random.map((name) => first[name])).size).toBe(random.length - 1 /* Grafana is an analyst */);
});

test('passwords in .env are taken at the first start, and a later difference is said; keys are always taken', async () => {
  const folder = await temporaryFolder('secrets');
  const at = (password: string, key: string) =>
    generateSecrets({ PGADMIN_PASSWORD: password, OPENWEATHER_API_KEY: key }, folder);
  for (const [given, key] of [
    ['cho#sen $HOME', 'one'],
    ['another', 'two'],
  ] as const) {
    const stored = await at(given, key);
    expect(stored['/run/secrets/pgadmin/password']).toBe('cho#sen $HOME');
    expect(stored['/run/secrets/tidehouse/openweather']).toBe(key);
  }
  const { stdout } = runSecrets(folder, ['make'], { env: { PGADMIN_PASSWORD: 'another' } });
  expect(stdout).toMatch(/^PGADMIN_PASSWORD in \.env differs from pgadmin\/password, which stays/);
  expect(stdout).not.toMatch(/another|cho#sen/);
});

test('secrets of an installation that had them in one volume are kept', async () => {
  const earlier = await temporaryFolder('secrets');
  const before = await generateSecrets({}, earlier);
  runSecrets(earlier, ['put', 'tidehouse/project_d'], { input: 'postgres://d' });
  const folder = await temporaryFolder('secrets');
  runSecrets(folder, ['make'], { earlier });
  expect(await generateSecrets({}, folder)).toEqual({
    ...before,
    '/run/secrets/tidehouse/project_d': 'postgres://d',
  });
});

test('secrets are listed and shown; what makes no sense is refused in a sentence and changes nothing', async () => {
  const folder = await temporaryFolder('secrets');
  await generateSecrets({}, folder);
  expect(runSecrets(folder, ['put', 'tidehouse/telegram'], { input: 'a token\n' }).stdout).toBe(
    'stored tidehouse/telegram\n',
  );
  const before = await generateSecrets({}, folder);
  const refused: [string[], string | undefined, RegExp][] = [
    [['put', 'tidehouse/telegram'], ' \n', /The input is empty, so tidehouse\/telegram was left as it is/],
    [['put', 'tidehouse/telegram'], 'a\0b', /The input is not text/],
    [['put', 'tidehouse/telegram'], 'x'.repeat(70_000), /has 70000 bytes/],
    [['put', 'project_a/reader'], 'x', /To change a password: deploy\/change-password project_a\/reader/],
    [['put', 'pgadmin/password'], 'x', /Change it in the program itself/],
    [['put', '../etc/passwd'], 'x', /is not the name of a secret, which has the form folder\/name/],
    [['put', 'constructor/x'], 'x', /is not the name of a secret/],
    [['put'], 'x', /"put" takes one name/],
    [['show', 'tidehouse/none'], undefined, /There is no secret tidehouse\/none\. There are demo\/project_a/],
    [['show', 'a', 'b'], undefined, /"show" takes one name/],
    [['toString'], undefined, /There is no command "toString"/],
    [['next', 'tidehouse/telegram'], undefined, /is not the password of a database role/],
    [['change', 'project_a/reader'], undefined, /No new password of project_a\/reader is prepared/],
  ];
  for (const [command, input, sentence] of refused) {
    const { status, stderr } = runSecrets(folder, command, input === undefined ? {} : { input });
    expect({ command, status, stderr }).toEqual({
      command,
      status: 1,
      stderr: expect.stringMatching(sentence) as string,
    });
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
  expect(await generateSecrets({}, folder)).toEqual(before);
  const names = Object.keys(before).map((path) => path.slice('/run/secrets/'.length));
  expect(runSecrets(folder, ['list']).stdout.trim().split('\n')).toEqual(names.sort());
  expect(runSecrets(folder, ['show', 'tidehouse/telegram']).stdout).toBe('a token\n');
});

test('a changed password reaches everything that contains it, also when it was interrupted', async () => {
  const folder = await temporaryFolder('secrets');
  const before = await generateSecrets({}, folder);
  const name = 'project_a/application';
  runSecrets(folder, ['next', name]);
  const next = readFileSync(join(folder, `${name}.next`), 'utf8').trim();
  runSecrets(folder, ['next', name]);
  expect(runSecrets(folder, ['list']).stdout).not.toContain('next');
  runSecrets(folder, ['change', name]);
  const after = await generateSecrets({}, folder);
  const old = before[`/run/secrets/${name}`]!;
  expect(after[`/run/secrets/${name}`]).toBe(next);
  expect(next).not.toBe(old);
  const renewed = Object.entries(before).map(([path, value]) => [path, value.replace(old, next)] as const);
  expect(after).toEqual(Object.fromEntries(renewed));
  expect(renewed.filter(([path, value]) => before[path] !== value).map(([path]) => path)).toEqual([
    ...['/run/secrets/demo/project_a', '/run/secrets/pgadmin/pgpass', `/run/secrets/${name}`],
  ]);

  // A secret that a person put in the place of a generated one stays.
  runSecrets(folder, ['put', 'tidehouse/project_a'], { input: 'postgres://own' });
  for (const command of ['next', 'change']) runSecrets(folder, [command, 'project_a/reader']);
  expect((await generateSecrets({}, folder))['/run/secrets/tidehouse/project_a']).toBe('postgres://own');
});

test('the config is made from the example once, and an existing one is never touched', async () => {
  const folder = await temporaryFolder('config');
  const script = textOf('deploy/config.sh')
    .replaceAll('/config', folder)
    .replaceAll('/tidehouse.example.yaml', join(packageRoot, 'deploy', 'tidehouse.example.yaml'));
  const path = join(folder, 'tidehouse.yaml');
  execFileSync('/bin/sh', ['-c', script], { stdio: 'pipe' });
  expect(readFileSync(path, 'utf8')).toBe(textOf('deploy/tidehouse.example.yaml'));
  writeFileSync(path, 'mine');
  execFileSync('/bin/sh', ['-c', script], { stdio: 'pipe' });
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

describe('a backup', () => {
  /** Stands for an engine with a running system. Its dumps are one line, and `broken` is its problem. */
  const engine = `#!/bin/bash
    is() { [ "$BROKEN" = "$1" ]; }
    case "$*" in
      'compose config') echo 'name: shop' ;;
      'compose ps --all --quiet') is 'has data' && echo 1 ;;
      'compose ps'*) is 'not running' || echo 1 ;;
      *'tar -c --numeric-owner'*) is 'without a secret' && rm secrets/warehouse/owner; cd secrets; tar -c * ;;
      *'secrets list') printf 'warehouse/owner\\ntemporal/database\\n' ;;
      *pg_dumpall*) echo 'create role x;'; is 'truncated roles' || echo '-- PostgreSQL database cluster dump complete' ;;
      *pg_dump*temporal_visibility*) is 'failing dump' && exit 1; echo dump ;;
      *pg_dump*) echo dump ;;
      *'pg_restore --list'*) cat >/dev/null; is 'empty dump' || printf 'TABLE DATA %s \\n' 'ops position' 'public executions' 'public executions_visibility' ;;
      *'pg_restore -f'*) cat >/dev/null; is 'damaged dump' && exit 1 ;;
      *psql*) while read -r _; do echo 00000003-1; done ;;
      *find*) echo weather/a; is 'without weather' && echo weather/b ;;
      *'sh worker'*) tar -c -C weather . ;;
      *) echo "unexpected: $*" >&2; exit 9 ;;
    esac; exit 0`;

  async function installation(): Promise<string> {
    const folder = await temporaryFolder('installation');
    for (const name of ['deploy', 'config', 'bin', 'weather', 'secrets/warehouse', 'secrets/temporal'])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['deploy/backup', 'deploy/restore'])
      copyFileSync(join(packageRoot, name), join(folder, name));
    for (const name of [
      '.env',
      'config/tidehouse.yaml',
      'weather/a',
      'secrets/warehouse/owner',
      'secrets/temporal/database',
    ])
      writeFileSync(join(folder, name), 'x');
    writeFileSync(join(folder, 'bin', 'docker'), engine, { mode: 0o755 });
    return folder;
  }

  function inFolder(folder: string, command: readonly string[], broken = '') {
    return spawnSync('bash', command, {
      cwd: folder,
      env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, BROKEN: broken },
      encoding: 'utf8',
    });
  }

  test.each([
    ['not running', /The service warehouse of shop is not running/],
    ['without a secret', /The archive of the secrets lacks warehouse\/owner/],
    ['truncated roles', /The dump of the roles lacks its end/],
    ['failing dump', /^No backup/],
    ['empty dump', /The dump of warehouse lacks the table position/],
    ['damaged dump', /The dump of warehouse is damaged/],
    ['without weather', /The archive of the weather has 1 of 2 files/],
  ])('%s is an error, and leaves no folder', async (broken, sentence) => {
    const folder = await installation();
    const { status, stderr } = inFolder(folder, ['deploy/backup'], broken);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(sentence) as string });
    expect(stderr).toMatch(/^No backup was made\.$/m);
    expect(readdirSync(join(folder, 'backup'))).toEqual([]);
  });

  test('is complete or is not restored', async () => {
    const folder = await installation();
    const { stdout, stderr, status } = inFolder(folder, ['deploy/backup']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const [, made] = /^shop is backed up in (\S+), and was read back:$/m.exec(stdout)!;
    const restore = (broken?: string) => inFolder(folder, ['deploy/restore', made!], broken).stderr;
    expect(restore('has data')).toMatch(
      /^shop has data already, and a backup is restored only where there is none/,
    );
    const dump = join(made!, 'warehouse.dump');
    writeFileSync(dump, 'other');
    expect(restore()).toMatch(/was altered\. Nothing was changed\./);
    rmSync(dump);
    expect(restore()).toMatch(/is not a complete backup: it has no warehouse\.dump\. Nothing was changed\./);
  });
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
  expect(textOf('deploy/temporal/server.yaml')).toContain('listenAddress: temporal-metrics:9090');
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
  const { status, stderr } = runSecrets(root, ['make'], { env });
  if (status !== 0) throw new Error(stderr);
  const made = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    made
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => !path.endsWith('/.env'))
      .map((path) => [join('/run/secrets', path.slice(root.length)), readFileSync(path, 'utf8').trim()]),
  );
}

/** Runs a command of `deploy/secrets.mjs` with the secrets in `folder`, and `env` as the file `.env`. */
function runSecrets(
  folder: string,
  command: readonly string[],
  options: { env?: Readonly<Record<string, string>>; earlier?: string; input?: string } = {},
): { status: number | null; stdout: string; stderr: string } {
  const { env = {}, earlier = join(folder, 'none'), input = '' } = options;
  const envFile = join(folder, '.env');
  writeFileSync(
    envFile,
    Object.entries(env)
      .map(([name, value]) => `${name}='${value}'\n`)
      .join(''),
  );
  const run = spawnSync(process.execPath, [join(packageRoot, 'deploy', 'secrets.mjs'), ...command], {
    env: { SECRETS_FOLDER: folder, EARLIER_SECRETS_FOLDER: earlier, ENV_FILE: envFile },
    encoding: 'utf8',
    input,
  });
  rmSync(envFile);
  return run;
}
