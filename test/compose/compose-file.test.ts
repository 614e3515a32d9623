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
// The package's own types cannot be resolved.
const { DCLinter } = jest.requireActual<{ DCLinter: new (config: object) => Linter }>('dclint');

const file = readComposeFile();
const services = Object.entries(file.services);
const text = textOf('docker-compose.yaml');
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

test('.env.example has exactly the variables of the file', () => {
  const used = [...text.matchAll(/(?<!\$)\$\{?([A-Z][A-Z_0-9]*)/g)].map(([, name]) => name!);
  const listed = [...textOf('.env.example').matchAll(/^([A-Z_0-9]+)=/gm)].map(([, name]) => name!);
  expect([...new Set([...used, 'COMPOSE_PROJECT_NAME'])].sort()).toEqual(listed.sort());
});

test('no password is in the files: each is generated, or comes from .env or a file under /run/secrets', () => {
  const exposed = services.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([variable, value]) => /PASS|PWD|SECRET|TOKEN|KEY/.test(variable) && !isReference(value))
      .map(([variable]) => `${name}: ${variable}`),
  );
  expect(exposed).toEqual([]);
  expect(textOf('.env.example')).not.toMatch(/^\w*(PASSWORD|KEY|TOKEN|SECRET)=./m);
  expect(text + textOf('deploy/tidehouse.yaml')).not.toMatch(/postgres(ql)?:\/\//);
});

test("every image has a version, none is discontinued, and ours have the package's version", () => {
  const images = [
    ...services.map(([, { image }]) => image),
    ...[...textOf('deploy/Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image!),
  ];
  expect(images.filter((image) => !/:v?\d+\.\d+(\.\d+)?(-[a-z-]+)?$/.test(image))).toEqual([]);
  expect(images.filter((image) => /auto-setup|temporalio\/(docker-compose|web)\b/.test(image))).toEqual([]);
  const { version } = JSON.parse(textOf('package.json')) as { version: string };
  const ours = services.filter(([, { build }]) => build).map(([, { image }]) => image);
  expect([...new Set(ours)]).toEqual([`tidehouse:${version}`]);
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
    const checked = (service.healthcheck?.test ?? []).join(' ').matchAll(/(?:127\.0\.0\.1:|-p )(\d+)/g);
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
      ...['secrets', 'migrate', 'schedules'],
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

test('our own containers run as an unprivileged user, and write only to their volumes', () => {
  const ours = services.filter(([, { image }]) => image.startsWith('tidehouse:'));
  for (const [name, service] of ours) {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
    // This job assigns the secrets to their owners.
    if (name !== 'secrets') expect(service.user ?? '10001').toMatch(/^1000[12]/);
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
