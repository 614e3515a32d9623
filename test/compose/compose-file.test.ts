import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import { composeFile, mountsOf, portsOf, readComposeFile, textOf } from './composed.ts';
import type { Service } from './composed.ts';

interface Linter {
  lintFiles(
    paths: readonly string[],
    fix: boolean,
  ): { messages: { line: number; rule: string; message: string }[] }[];
}
// The types that it ships cannot be resolved.
const { DCLinter } = jest.requireActual<{ DCLinter: new (config: object) => Linter }>('dclint');

const file = readComposeFile();
const services = Object.entries(file.services);
const text = textOf('docker-compose.yaml');
const jobs = services.filter(([, { restart }]) => restart === 'no').map(([name]) => name);

test('the linter finds no errors in the compose file', () => {
  const off = [
    'service-keys-order',
    'services-alphabetical-order',
    'top-level-properties-order',
    'service-dependencies-alphabetical-order',
    'no-quotes-in-volumes',
    // Some versions of Compose in use still refuse the field; the name is in .env.
    'require-project-name-field',
  ];
  const linter = new DCLinter({
    rules: Object.fromEntries(off.map((rule) => [rule, 0] as const)),
    quiet: false,
    debug: false,
    exclude: [],
  });
  const found = linter.lintFiles([composeFile], false);
  const said = found.flatMap(({ messages }) =>
    messages.map(({ line, rule, message }) => `${line}: ${rule}: ${message}`),
  );
  expect(said).toEqual([]);
});

test('every service, network, volume and file that a service refers to exists', () => {
  const missing = services.flatMap(([name, service]) => [
    ...Object.keys(service.depends_on ?? {}).filter((other) => !(other in file.services)),
    ...(service.networks ?? []).filter((network) => !(network in file.networks)),
    ...mountsOf(service)
      .filter(({ from }) =>
        from.startsWith('.') ? !existsSync(join(packageRoot, from)) : !(from in file.volumes),
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

test('.env.example has every variable of the file, and no other', () => {
  const asked = [...text.matchAll(/(?<!\$)\$\{?([A-Z][A-Z_0-9]*)/g)].map(([, name]) => name!);
  const given = [...textOf('.env.example').matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name!);
  expect([...new Set([...asked, 'COMPOSE_PROJECT_NAME'])].sort()).toEqual(given.sort());
});

test('no password is in the files: each is generated, or comes from .env or from a file under /run/secrets', () => {
  const written = services.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([variable, value]) => /PASS|PWD|SECRET|TOKEN|KEY/.test(variable) && !isElsewhere(value))
      .map(([variable]) => `${name}: ${variable}`),
  );
  expect(written).toEqual([]);
  expect(textOf('.env.example')).not.toMatch(/^\w*(PASSWORD|KEY|TOKEN|SECRET)=./m);
  expect(text + textOf('deploy/tidehouse.yaml')).not.toMatch(/postgres(ql)?:\/\//);
});

test('every image has a version, and none is discontinued', () => {
  const images = [
    ...services.map(([, { image }]) => image),
    ...[...textOf('deploy/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!),
  ];
  expect(images.filter((image) => !/:v?\d+\.\d+(\.\d+)?(-[a-z-]+)?$/.test(image))).toEqual([]);
  expect(images.filter((image) => /auto-setup|temporalio\/(docker-compose|web)\b/.test(image))).toEqual([]);
  const { version } = JSON.parse(textOf('package.json')) as { version: string };
  expect(services.filter(([, { build }]) => build).map(([, { image }]) => image)).toEqual(
    Array(5).fill(`tidehouse:${version}`),
  );
});

test('Temporal and its tools have one version', () => {
  const versions = ['temporal', 'temporal-schema', 'temporal-namespace'].map(
    (name) => file.services[name]!.image.split(':')[1],
  );
  expect(new Set(versions).size).toBe(1);
});

test('ports are open to this machine only, at the documented numbers', () => {
  const open = services.flatMap(([name, service]) => portsOf(service).map((port) => ({ name, ...port })));
  expect(open.filter(({ address }) => address !== '127.0.0.1')).toEqual([]);
  expect(Object.fromEntries(open.map(({ name, host }) => [name, host]))).toEqual({
    project_a: 5430,
    project_b: 5435,
    project_c: 5436,
    warehouse: 5431,
    temporal: 7233,
    'temporal-ui': 8080,
    pgadmin: 8888,
    prometheus: 9090,
    grafana: 3000,
  });
});

test("every service has a health check, over the container's own port", () => {
  const without = services.filter(([, { healthcheck, restart }]) => !healthcheck && restart !== 'no');
  // It connects to the sources and listens on no port.
  expect(without.map(([name]) => name)).toEqual(['demo']);
  const wrong = services.flatMap(([name, service]) => {
    const asked = (service.healthcheck?.test ?? []).join(' ').matchAll(/(?:127\.0\.0\.1:|-p )(\d+)/g);
    const ports = [...asked].map(([, port]) => Number(port));
    const own = [...portsOf(service).map(({ container }) => container), ...unpublished(name)];
    return [
      ...ports.filter((port) => !own.includes(port)).map((port) => `${name} asks ${port}`),
      ...(service.healthcheck && ports.length === 0 ? [`${name} asks no port`] : []),
    ];
  });
  expect(wrong).toEqual([]);
});

test('a service waits for another until it is healthy, or until it has succeeded if it is a job', () => {
  const wrong = services.flatMap(([name, { depends_on = {} }]) =>
    Object.entries(depends_on)
      .filter(([other, { condition }]) =>
        jobs.includes(other)
          ? condition !== 'service_completed_successfully'
          : condition !== 'service_healthy' || !file.services[other]!.healthcheck,
      )
      .map(([other]) => `${name} on ${other}`),
  );
  expect(wrong).toEqual([]);
});

test('some service waits for every job, so "up --wait" does not take its end for a failure', () => {
  const awaited = new Set(services.flatMap(([, { depends_on = {} }]) => Object.keys(depends_on)));
  expect(jobs.filter((job) => !awaited.has(job))).toEqual([]);
});

test('no service waits for itself, and the worker waits for everything that it needs', () => {
  const before = (name: string, path: readonly string[] = []): string[] => {
    if (path.includes(name)) throw new Error([...path, name].join(' waits for '));
    const direct = Object.keys(file.services[name]!.depends_on ?? {});
    return [...direct, ...direct.flatMap((other) => before(other, [...path, name]))];
  };
  for (const [name] of services) before(name);
  expect([...new Set(before('worker'))].sort()).toEqual(
    [
      ...['project_a', 'project_b', 'project_c', 'warehouse'],
      ...['temporal-db', 'temporal-schema', 'temporal', 'temporal-namespace'],
      ...['secrets', 'migrate', 'schedules'],
    ].sort(),
  );
});

test('a service waits for none that its own profiles leave out', () => {
  const wrong = services.flatMap(([, { depends_on = {}, profiles = [] }]) =>
    Object.keys(depends_on).filter((other) => {
      const theirs = file.services[other]!.profiles ?? [];
      return (
        theirs.length > 0 && !(profiles.length > 0 && profiles.every((profile) => theirs.includes(profile)))
      );
    }),
  );
  expect(wrong).toEqual([]);
});

test('services are restarted, memory and logs are limited, and the clock is UTC', () => {
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

test('our containers run as an ordinary user without privileges, and write to their volumes only', () => {
  const ours = services.filter(([, { image }]) => image.startsWith('tidehouse:'));
  for (const [name, service] of ours) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    // It writes the secrets of all services.
    if (name !== 'secrets') expect(service.user ?? '10001').toMatch(/^1000[12]/);
    expect(service).not.toHaveProperty('privileged');
  }
  expect(textOf('deploy/Dockerfile')).toMatch(/^USER 10001:10001$/m);
});

test('a worker has more time to stop than it needs', () => {
  const force = /shutdownForceTime: '(\d+) seconds'/.exec(textOf('worker/run-worker.ts'))?.[1];
  expect(Number.parseInt(file.services['worker']!.stop_grace_period!)).toBeGreaterThan(Number(force));
});

function isElsewhere(value: string): boolean {
  return /^\$\{[A-Z_]+(:\?[^}]+|:-)\}$/.test(value) || value.startsWith('/run/secrets/');
}

/** Ports that health checks use inside the container only. */
function unpublished(name: string): number[] {
  const { environment = {}, image }: Service = file.services[name]!;
  const health = environment['TIDEHOUSE_HEALTH']?.split(':')[1];
  if (health) return [Number(health)];
  if (image.startsWith('postgres:')) return [5432];
  return name === 'temporal'
    ? [Number(/httpPort: (\d+)/.exec(textOf('deploy/temporal/server.yaml'))?.[1])]
    : [];
}
