import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import { composeFile, mountsOf, networksOf, portsOf, readComposeFile, textOf } from './composed.ts';
import type { Service } from './composed.ts';

interface Linter {
  lintFiles(
    paths: readonly string[],
    fix: boolean,
  ): { messages: { line: number; rule: string; message: string }[] }[];
}
// The package's own types cannot be resolved.
const { DCLinter } = jest.requireActual<{ DCLinter: new (config: object) => Linter }>('dclint');

const file = readComposeFile();
const services = Object.entries(file.services);
const text = textOf('docker-compose.yaml');
/** What is on a machine only, and not in git. */
const made = ['./.env', './config'];
const jobs = services.filter(([, { restart }]) => restart === 'no').map(([name]) => name);

test('the compose file passes its linter', () => {
  const off = [
    'service-keys-order',
    'services-alphabetical-order',
    'top-level-properties-order',
    'service-dependencies-alphabetical-order',
    'no-quotes-in-volumes',
    // Some versions of Docker Compose still reject it; the name is in .env.
    'require-project-name-field',
  ];
  const linter = new DCLinter({
    rules: Object.fromEntries(off.map((rule) => [rule, 0] as const)),
    quiet: false,
    debug: false,
    exclude: [],
  });
  const results = linter.lintFiles([composeFile], false);
  const messages = results.flatMap(({ messages }) =>
    messages.map(({ line, rule, message }) => `${line}: ${rule}: ${message}`),
  );
  expect(messages).toEqual([]);
});

test('every service, network, volume and file that a service refers to exists', () => {
  const missing = services.flatMap(([name, service]) => [
    ...Object.keys(service.depends_on ?? {}).filter((other) => !(other in file.services)),
    ...[...networksOf(service).keys()].filter((network) => !(network in file.networks)),
    ...mountsOf(service)
      .filter(({ from }) =>
        from.startsWith('.')
          ? !made.includes(from) && !existsSync(join(packageRoot, from))
          : !(from in file.volumes),
      )
      .map(({ from }) => `${name}: ${from}`),
    ...(service.build && !existsSync(join(packageRoot, service.build.dockerfile))
      ? [service.build.dockerfile]
      : []),
  ]);
  expect(missing).toEqual([]);
  const used = new Set(services.flatMap(([, service]) => mountsOf(service).map(({ from }) => from)));
  expect(Object.keys(file.volumes).filter((volume) => !used.has(volume))).toEqual([]);
});

test('.env.example has exactly the variables of the files, and their defaults', () => {
  const used = [...text.matchAll(/(?<!\$)\$\{?([A-Z][A-Z_0-9]*)(?::-([^}]*))?/g)];
  const given = [...textOf('deploy/secrets.mjs').matchAll(/\b([A-Z]+_(PASSWORD|API_KEY))\b/g)];
  const wanted = new Map<string, string | undefined>(
    [...used, ...given.map(([, name]) => ['', name!, undefined])].map(([, name, value]) => [name!, value]),
  ).set('COMPOSE_PROJECT_NAME', undefined);
  const listed = new Map(
    [...textOf('.env.example').matchAll(/^(# )?([A-Z_0-9]+)=(.*)$/gm)].map(([, comment, name, value]) => [
      name!,
      comment ? value : undefined,
    ]),
  );
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(wanted));
});

test('what is yours lies in no tracked file: versions and ports are variables, .env and config/ are ignored', () => {
  const lines = text.split('\n').filter((line) => /^\s+(image|ports): /.test(line));
  expect(lines.filter((line) => !line.includes('${') && !line.includes('image: tidehouse:'))).toEqual([]);
  const ignored = textOf('.gitignore').split('\n');
  expect(ignored).toEqual(
    expect.arrayContaining(['.env', '/config/', '/backup/', '/docker-compose.override.yaml']),
  );
});

test('a service sees its own secrets and nobody else’s', () => {
  const seen = services.flatMap(([name, service]) =>
    mountsOf(service)
      .filter(({ from, to }) => from.startsWith('secrets') || to.startsWith('/run/secrets'))
      .map(({ from, to, readOnly }) => ({ name, from, to, readOnly })),
  );
  const owners: Readonly<Record<string, string>> = {
    'temporal-schema': 'temporal',
    worker: 'tidehouse',
    migrate: 'tidehouse',
  };
  const others = seen.filter(({ name, from, to, readOnly }) => {
    const folder = owners[name] ?? name;
    return !(from === `secrets-${folder}` && to === `/run/secrets/${folder}` && readOnly);
  });
  expect(new Set(others.map(({ name }) => name))).toEqual(new Set(['secrets']));
  expect(seen.length - others.length).toBeGreaterThanOrEqual(10);
});

test('services share a network only where one connects to the other', () => {
  const members = (network: string) =>
    services.filter(([, service]) => networksOf(service).has(network)).map(([name]) => name);
  expect(
    Object.fromEntries(Object.keys(file.networks).map((network) => [network, members(network)])),
  ).toEqual({
    project_a: ['project_a', 'worker', 'pgadmin', 'demo'],
    project_b: ['project_b', 'worker', 'pgadmin', 'demo'],
    project_c: ['project_c', 'worker', 'pgadmin', 'demo'],
    warehouse: ['warehouse', 'migrate', 'worker', 'pgadmin'],
    analysts: ['warehouse', 'grafana'],
    temporal: ['temporal', 'temporal-namespace', 'temporal-ui', 'schedules', 'worker'],
    'temporal-db': ['temporal-db', 'temporal-schema', 'temporal'],
    metrics: ['temporal', 'worker', 'prometheus'],
    dashboards: ['prometheus', 'grafana'],
  });
  const offline = services.filter(([, { network_mode }]) => network_mode === 'none').map(([name]) => name);
  expect(offline).toEqual(['secrets', 'config']);
});

test('Temporal and the worker listen only where their clients are', () => {
  const aliases = (name: string) => Object.fromEntries(networksOf(file.services[name]!));
  expect(aliases('temporal')).toEqual({
    'temporal-db': [],
    temporal: ['temporal-frontend'],
    metrics: ['temporal-metrics'],
  });
  const { TIDEHOUSE_HEALTH, TIDEHOUSE_METRICS } = file.services['worker']!.environment!;
  expect(TIDEHOUSE_HEALTH).toMatch(/^127\.0\.0\.1:/);
  expect(aliases('worker')['metrics']).toEqual([TIDEHOUSE_METRICS!.split(':')[0]]);
  const server = textOf('deploy/temporal/server.yaml');
  expect(server.slice(0, 1024)).toMatch(/^# enable-template$/m);
  expect(server).not.toContain('0.0.0.0');
});

test('no password is in the files: each is generated, or comes from .env or a file under /run/secrets', () => {
  const exposed = services.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([variable, value]) => /PASS|PWD|SECRET|TOKEN|KEY/.test(variable) && !isReference(value))
      .map(([variable]) => `${name}: ${variable}`),
  );
  expect(exposed).toEqual([]);
  expect(textOf('.env.example')).not.toMatch(/^\w*(PASSWORD|KEY|TOKEN|SECRET)=./m);
  expect(text + textOf('deploy/tidehouse.example.yaml')).not.toMatch(/postgres(ql)?:\/\//);
});

test("every image has a version, none is discontinued, and ours have the package's version", () => {
  const images = [
    ...services.map(([, { image }]) => image),
    ...[...textOf('deploy/Dockerfile').matchAll(/^ARG NODE_IMAGE=(\S+)/gm)].map(([, image]) => image!),
  ];
  expect(
    images.filter((image) => !/:v?\d+\.\d+(\.\d+)?(-[a-z-]+)?(@sha256:[0-9a-f]{64})?$/.test(image)),
  ).toEqual([]);
  expect(images.filter((image) => /auto-setup|temporalio\/(docker-compose|web)\b/.test(image))).toEqual([]);
  const { version } = JSON.parse(textOf('package.json')) as { version: string };
  const ours = services.filter(([, { build }]) => build).map(([, { image }]) => image);
  expect([...new Set(ours)]).toEqual([`tidehouse:${version}`]);
  expect(textOf('deploy/Dockerfile')).toContain(`org.opencontainers.image.version=${version} `);
});

test('Temporal and its tools have the same version', () => {
  const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map(
    (name) => file.services[name]!.image.split(':')[1],
  );
  expect(new Set(versions).size).toBe(1);
});

test('the warehouse has space for the locks of queries over many sources', () => {
  expect(file.services['warehouse']!.command).toContain('max_locks_per_transaction=256');
});

test('ports are open only to this machine, each published once', () => {
  const open = services.flatMap(([name, service]) => portsOf(service).map((port) => ({ name, ...port })));
  expect(open.filter(({ address }) => address !== '127.0.0.1')).toEqual([]);
  const ports = open.map(({ host }) => host);
  expect(ports.length).toBeGreaterThan(0);
  expect(new Set(ports).size).toBe(ports.length);
});

test('every long-running service has a health check on a port of its container', () => {
  const without = services.filter(([, { healthcheck, restart }]) => !healthcheck && restart !== 'no');
  // The demo connects to the sources and does not listen on a port.
  expect(without.map(([name]) => name)).toEqual(['demo']);
  const invalid = services.flatMap(([name, service]) => {
    const checked = (service.healthcheck?.test ?? [])
      .join(' ')
      .matchAll(/(?:127\.0\.0\.1:|temporal-frontend:|-p )(\d+)/g);
    const ports = [...checked].map(([, port]) => Number(port));
    const own = [...portsOf(service).map(({ container }) => container), ...unpublished(name)];
    return [
      ...ports.filter((port) => !own.includes(port)).map((port) => `${name} checks ${port}`),
      ...(service.healthcheck && ports.length === 0 ? [`${name} checks no port`] : []),
    ];
  });
  expect(invalid).toEqual([]);
});

test('a service waits for another until it is ready: healthy, or completed when it is a job', () => {
  const invalid = services.flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on)
      .filter(([other, { condition }]) =>
        jobs.includes(other)
          ? condition !== 'service_completed_successfully'
          : condition !== 'service_healthy' || !file.services[other]!.healthcheck,
      )
      .map(([other]) => `${name} on ${other}`),
  );
  expect(invalid).toEqual([]);
});

test('every job has a service that waits for it, so "up --wait" does not take its exit for a failure', () => {
  const awaited = new Set(services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on)));
  expect(jobs.filter((job) => !awaited.has(job))).toEqual([]);
});

test('no services wait for each other in a cycle, and the worker waits for everything it needs', () => {
  const dependenciesOf = (name: string, path: readonly string[] = []): string[] => {
    if (path.includes(name)) throw new Error([...path, name].join(' waits for '));
    const direct = Object.keys(file.services[name]!.depends_on ?? {});
    return [...direct, ...direct.flatMap((other) => dependenciesOf(other, [...path, name]))];
  };
  for (const [name] of services) dependenciesOf(name);
  expect([...new Set(dependenciesOf('worker'))].sort()).toEqual(
    [
      ...['project_a', 'project_b', 'project_c', 'warehouse'],
      ...['temporal-db', 'temporal-schema', 'temporal', 'temporal-namespace'],
      ...['secrets', 'config', 'migrate', 'schedules'],
    ].sort(),
  );
});

test('a service waits only for services that its own profiles start', () => {
  const invalid = services.flatMap(([, { depends_on = {}, profiles = [] }]) =>
    Object.keys(depends_on).filter((other) => {
      const theirs = file.services[other]!.profiles ?? [];
      return (
        theirs.length > 0 && !(profiles.length > 0 && profiles.every((profile) => theirs.includes(profile)))
      );
    }),
  );
  expect(invalid).toEqual([]);
});

test('services have no capability and no process more than they need, and write only to their volumes where they can', () => {
  const settings = services.map(([name, { cap_drop, cap_add = [], security_opt, pids_limit, read_only }]) => {
    expect({ name, cap_drop, security_opt, pids_limit }).toEqual({
      name,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      pids_limit: expect.any(Number) as number,
    });
    return { name, cap_add, read_only };
  });
  expect(settings.filter(({ cap_add }) => cap_add.length > 0).map(({ name }) => name)).toEqual([
    ...['secrets', 'config', 'pgadmin'],
  ]);
  // These write their settings into their own folders when they start, or were not tried.
  expect(settings.filter(({ read_only }) => !read_only).map(({ name }) => name)).toEqual([
    ...['temporal-ui', 'pgadmin', 'grafana'],
  ]);
});

test('services are restarted, their memory and logs are limited, and their time zone is UTC', () => {
  for (const [name, { restart, mem_limit, memswap_limit, logging, environment }] of services) {
    expect([name, restart]).toEqual([name, jobs.includes(name) ? 'no' : 'unless-stopped']);
    expect([name, mem_limit]).toEqual([name, expect.stringMatching(/^\d+[mg]$/)]);
    expect([name, memswap_limit]).toEqual([name, mem_limit]);
    expect([name, logging?.options]).toEqual([
      name,
      { 'max-size': expect.any(String) as string, 'max-file': expect.any(String) as string },
    ]);
    expect([name, environment?.['TZ']]).toEqual([name, 'UTC']);
  }
});

test('our own containers run as an unprivileged user', () => {
  const ours = services.filter(([, { image }]) => image.startsWith('tidehouse:'));
  for (const [name, service] of ours) {
    // These jobs assign what they make to its owners.
    if (!['secrets', 'config'].includes(name)) expect(service.user ?? '10001').toMatch(/^1000[12]/);
    expect(service).not.toHaveProperty('privileged');
  }
  expect(textOf('deploy/Dockerfile')).toMatch(/^USER 10001:10001$/m);
});

test('a worker gets more time to stop than it takes', () => {
  const force = /shutdownForceTime: '(\d+) seconds'/.exec(textOf('worker/worker-settings.ts'))?.[1];
  expect(Number.parseInt(file.services['worker']!.stop_grace_period!)).toBeGreaterThan(Number(force));
});

function isReference(value: string): boolean {
  return /^\$\{[A-Z_]+(:\?[^}]+|:-)\}$/.test(value) || value.startsWith('/run/secrets/');
}

/** Ports that are open only inside the container. */
function unpublished(name: string): number[] {
  const { environment = {}, image }: Service = file.services[name]!;
  const health = environment['TIDEHOUSE_HEALTH']?.split(':')[1];
  if (health) return [Number(health)];
  if (image.startsWith('postgres:')) return [5432];
  return name === 'temporal'
    ? [Number(/httpPort: (\d+)/.exec(textOf('deploy/temporal/server.yaml'))?.[1])]
    : [];
}
