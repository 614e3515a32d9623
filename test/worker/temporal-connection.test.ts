import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startDemoStation } from '../../local/demo/station.ts';
import type { DemoStation } from '../../local/demo/station.ts';
import { freePorts } from '../../local/process/free-port.ts';
import { tidehouse } from '../support/run-command.ts';
import { createAuthority } from '../support/certificates.ts';
import type { Certified } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { openStar } from '../support/star.ts';
import type { Star } from '../support/star.ts';
import { openGateway } from '../support/temporal-gateway.ts';
import type { TemporalGateway } from '../support/temporal-gateway.ts';
import { openTemporal } from '../support/temporal.ts';
import type { TestTemporal } from '../support/temporal.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { minsk } from '../support/weather-config.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const namespace = 'analytics';
const apiKey = 'key-of-tidehouse-4f1b';
const ours = createAuthority('ours');
const theirs = createAuthority('theirs');

let star: Star;
let station: DemoStation;
let temporal: TestTemporal;
let folder: string;
let trust: Record<string, string>;

beforeAll(async () => {
  [star, temporal, station, folder] = await Promise.all([
    openStar(),
    openTemporal(),
    startDemoStation(),
    temporaryFolder('elsewhere'),
  ]);
  const { workflowService } = temporal.client;
  await workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await eventually('the namespace can be used', () =>
    workflowService.listWorkflowExecutions({ namespace }).then(
      () => true,
      () => false,
    ),
  );
  trust = { TEMPORAL_TLS_SERVER_CA_CERT_PATH: await file('ca.pem', ours.certificate) };
  await file(
    'tidehouse.yaml',
    JSON.stringify({
      sources: { project_a: { url: star.hosts['project_a'] } },
      warehouse: { url: star.warehouseUrl },
      staging: star.staging,
      tables: { pages: {} },
      weather: {
        provider: 'open-meteo',
        url: station.url,
        places: [minsk],
        folder: './weather',
        history: 'off',
      },
    }),
  );
  await file('none.toml', '[profile.default]\n');
}, 400_000);

afterAll(async () => {
  await station.stop();
  await temporal.close();
  await star.close();
});

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

type Environment = Readonly<Record<string, string | undefined>>;

const command = (env: Environment, ...args: string[]) =>
  tidehouse(['--config', 'tidehouse.yaml', ...args], { folder, env });

const worker = (env: Readonly<Record<string, string>>) =>
  startWorkerProcess({
    config: join(folder, 'tidehouse.yaml'),
    temporal: join(folder, 'none.toml'),
    logLevel: 'info',
    env,
  });

describe('with a Temporal that requires client certificates', () => {
  let gateway: TemporalGateway;
  let variables: Record<string, string>;
  let profile: Environment;

  beforeAll(async () => {
    gateway = await openGateway(temporal.address, ours.issue('server'), ours.certificate);
    const client = await files('client', ours.issue('client'));
    variables = {
      TEMPORAL_ADDRESS: gateway.address,
      TEMPORAL_NAMESPACE: namespace,
      ...trust,
      TEMPORAL_TLS_CLIENT_CERT_PATH: client.certificate,
      TEMPORAL_TLS_CLIENT_KEY_PATH: client.key,
    };
    profile = {
      TEMPORAL_ADDRESS: undefined,
      TEMPORAL_PROFILE: 'production',
      TEMPORAL_CONFIG_FILE: await file(
        'temporal.toml',
        `[profile.production]
address = "${gateway.address}"
namespace = "${namespace}"
[profile.production.tls]
client_cert_path = "${client.certificate}"
client_key_path = "${client.key}"
server_ca_cert_path = "${trust['TEMPORAL_TLS_SERVER_CA_CERT_PATH']}"
`,
      ),
    };
  });
  afterAll(() => gateway.close());

  async function files(name: string, { certificate, key }: Certified) {
    return { certificate: await file(`${name}.pem`, certificate), key: await file(`${name}.key`, key) };
  }

  test('a worker and every command connect, by variables and by a profile', async () => {
    const running = worker(variables);
    await eventually('the worker takes the work of both queues', async () => {
      const { stdout } = await command(profile, 'doctor', '--json');
      return ['tidehouse', 'files'].every((queue) =>
        new RegExp(`"Temporal, queue ${queue}",\\s*"outcome": "ok"`).test(stdout),
      );
    });
    const [applied, synced, observed] = await Promise.all([
      command(profile, 'schedules', 'apply'),
      command(variables, 'sync', '--json'),
      command(profile, 'weather', '--json'),
    ]);
    expect([applied.code, applied.stdout]).toEqual([
      0,
      'sync: created\nweather: created\naudit: created\nalerts: created\n',
    ]);
    expect(JSON.parse(synced.stdout)).toMatchObject({ sources: { project_a: { status: 'landed' } } });
    expect(JSON.parse(observed.stdout)).toMatchObject({ places: { minsk: { status: 'written' } } });
    const ends = await Promise.all([
      command(variables, 'schedules', 'list'),
      command(variables, 'status'),
      command(variables, 'doctor'),
    ]);
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(ends[2].stdout).toContain(`namespace "${namespace}" at ${gateway.address}`);
    expect(await running.stop()).toBe(0);
  });

  test('a command without access exits with 3 and one sentence with the settings to check', async () => {
    const stranger = await files('stranger', theirs.issue('client'));
    const trusting = { TEMPORAL_ADDRESS: gateway.address, TEMPORAL_NAMESPACE: namespace, ...trust };
    const strange = {
      ...trusting,
      TEMPORAL_TLS_CLIENT_CERT_PATH: stranger.certificate,
      TEMPORAL_TLS_CLIENT_KEY_PATH: stranger.key,
    };
    const ends = await Promise.all([
      command(trusting, 'schedules', 'list'),
      command(strange, 'schedules', 'list'),
      command(strange, 'worker'),
      command({ ...variables, TEMPORAL_TLS_SERVER_CA_CERT_PATH: stranger.certificate }, 'schedules', 'list'),
      command({ TEMPORAL_ADDRESS: gateway.address }, 'schedules', 'list'),
    ]);
    expect(ends.map(({ code, stdout }) => [code, stdout])).toEqual(Array(5).fill([3, '']));
    for (const { stderr } of ends) {
      expect(stderr).toMatch(new RegExp(`^Temporal at ${gateway.address} .*\n$`));
      expect(stderr).not.toContain('PRIVATE');
    }
    const sentences = ends.map(({ stderr }) => stderr);
    for (const sentence of sentences.slice(0, 3))
      expect(sentence).toMatch(
        /the TLS handshake failed \(.*\)\. Check the client certificate \(TEMPORAL_TLS_CLIENT_CERT_PATH/,
      );
    expect(sentences[3]).toMatch(/\(.*certificate.*\)\. .*TEMPORAL_TLS_SERVER_CA_CERT_PATH/);
    expect(sentences[4]).toMatch(/refuses a connection without TLS \(.*\)\. Set TEMPORAL_TLS=true/);
  });

  test('a command with invalid settings exits with 2 and names them', async () => {
    const wrong: readonly (readonly [RegExp, Environment])[] = [
      [/has no key \(TEMPORAL_TLS_CLIENT_KEY_PATH\)/, { TEMPORAL_TLS_CLIENT_KEY_PATH: undefined }],
      [/no such file .*none\.pem/, { TEMPORAL_TLS_CLIENT_CERT_PATH: join(folder, 'none.pem') }],
      [/key values mismatch/, { TEMPORAL_TLS_CLIENT_KEY_PATH: await file('other.key', ours.issue('x').key) }],
      [/has no profile/, { TEMPORAL_CONFIG_FILE: await file('empty.toml', '') }],
      [/there is no file elsewhere\.toml/, { TEMPORAL_CONFIG_FILE: 'elsewhere.toml' }],
    ];
    const ends = await Promise.all(
      wrong.map(([, env]) => command({ ...variables, ...env }, 'schedules', 'list')),
    );
    ends.forEach(({ code, stdout, stderr }, at) => {
      expect([code, stdout, stderr]).toEqual([2, '', expect.stringMatching(wrong[at]![0])]);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    });
  });
});

describe('with a Temporal that requires an API key', () => {
  let gateway: TemporalGateway;
  let variables: Record<string, string>;

  beforeAll(async () => {
    gateway = await openGateway(temporal.address, ours.issue('server'));
    gateway.demand(apiKey);
    variables = { TEMPORAL_ADDRESS: gateway.address, TEMPORAL_NAMESPACE: namespace, ...trust };
  });
  afterAll(() => gateway.close());

  test('a worker and commands connect, and every call has its namespace', async () => {
    const withKey = { ...variables, TEMPORAL_API_KEY: apiKey };
    const running = worker(withKey);
    const synced = await command(withKey, 'sync', '--json');
    expect(JSON.parse(synced.stdout)).toMatchObject({ sources: { project_a: { status: 'landed' } } });
    const profile = `[profile.default]
address = "${gateway.address}"
namespace = "${namespace}"
api_key = "${apiKey}"
tls.server_ca_cert_path = "${trust['TEMPORAL_TLS_SERVER_CA_CERT_PATH']}"
`;
    const status = await command(
      { TEMPORAL_ADDRESS: undefined, TEMPORAL_CONFIG_FILE: await file('cloud.toml', profile) },
      'status',
    );
    expect(status.code).toBe(0);
    expect(gateway.namespaces).toEqual(new Set([namespace]));
    expect(await running.stop()).toBe(0);
    for (const said of [running.stderr(), synced.stderr, status.stdout, status.stderr])
      expect(said).not.toContain(apiKey);
  });

  test('a worker whose key is revoked is not ready, shows the reason, and continues when the key is valid again', async () => {
    const { health } = await freePorts({ health: undefined });
    const running = worker({
      ...variables,
      TEMPORAL_API_KEY: apiKey,
      TIDEHOUSE_HEALTH: `127.0.0.1:${health}`,
    });
    const ready = async (code: number) => {
      const answer = await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => undefined);
      return answer?.status === code && (answer.json() as Promise<{ reason?: string }>);
    };
    await eventually('it is ready', () => ready(200));
    gateway.demand('another key');
    const { reason } = await eventually('it is not', () => ready(503));
    expect(reason).toBe('Temporal denies access to this worker: check its API key or client certificate');
    gateway.demand(apiKey);
    await eventually('it is ready again', () => ready(200));
    expect(await running.stop()).toBe(0);
    expect(running.stderr()).not.toContain(apiKey);
  });

  test('a command with a rejected key exits with 3 and one sentence, and no key is printed', async () => {
    const wrong = 'a-key-of-nobody';
    const ends = await Promise.all([
      command({ ...variables, TEMPORAL_API_KEY: wrong }, 'schedules', 'list'),
      command({ ...variables, TEMPORAL_API_KEY: wrong }, 'worker'),
      command({ ...variables, TEMPORAL_TLS: 'true' }, 'sync'),
      command({ ...variables, TEMPORAL_API_KEY: `${wrong}\n` }, 'schedules', 'list'),
    ]);
    for (const { stdout, stderr } of ends) expect([stdout, stderr].join()).not.toContain(wrong);
    for (const { code, stderr } of ends.slice(0, 3))
      expect([code, stderr]).toEqual([
        3,
        `Temporal at ${gateway.address} denies access to namespace "${namespace}". Check the API key or client certificate in the TEMPORAL_* variables or temporal.toml, and its permissions there.\n`,
      ]);
    expect([ends[3].code, ends[3].stderr]).toEqual([
      2,
      expect.stringContaining('the API key contains a line'),
    ]);
  });
});

test('an empty variable counts as not set', async () => {
  const { code, stdout } = await command(
    { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_API_KEY: '' },
    'schedules',
    'plan',
  );
  expect([code, stdout]).toEqual([0, expect.stringContaining('sync: missing')]);
});
