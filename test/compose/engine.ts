import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../activities/package-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { readComposeFile } from './composed.ts';

const run = promisify(execFile);

/** Why the compose file cannot be started on this machine; undefined when it can. */
export const unavailable: string | undefined = !succeeds('docker', 'compose', 'version')
  ? '"docker compose" is not installed'
  : !succeeds('docker', 'info')
    ? 'no Docker engine is running'
    : process.getuid?.() !== 0
      ? 'only root can kill processes in containers'
      : undefined;

/** The unchanged files of this checkout in a folder of their own, started there as a person would. */
export class ComposedSystem {
  readonly #project: string;
  readonly #env: Readonly<Record<string, string>>;
  #folder: string | undefined;
  #versions: string[] = [];

  /** `env` are lines of its `.env` that differ from those of `.env.example`. */
  constructor(project: string, env: Readonly<Record<string, string>> = {}) {
    this.#project = project;
    this.#env = { COMPOSE_PROJECT_NAME: project, ...env };
  }

  /** The folder with the files that git tracks, and `.env`. */
  async folder(): Promise<string> {
    if (this.#folder !== undefined) return this.#folder;
    const folder = await temporaryFolder('compose');
    const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: packageRoot,
      maxBuffer: 1 << 26,
    });
    for (const name of stdout.split('\0').filter((file) => file && existsSync(join(packageRoot, file))))
      await cp(join(packageRoot, name), join(folder, name));
    const example = await readFile(join(folder, '.env.example'), 'utf8');
    const own = Object.entries(this.#env).map(([name, value]) => `${name}=${value}\n`);
    // The last line of a name holds.
    await writeFile(join(folder, '.env'), [example, ...own].join(''));
    return (this.#folder = folder);
  }

  /** Runs `docker compose …` and returns its stdout. */
  compose(args: readonly string[], minutes = 10): Promise<string> {
    return this.command(['docker', 'compose', ...args], { minutes });
  }

  /** Runs a command in the folder, with `input` on its stdin, and returns its stdout. */
  async command(
    [program, ...args]: readonly string[],
    { minutes = 10, input = '' }: { readonly minutes?: number; readonly input?: string } = {},
  ): Promise<string> {
    const running = run(program!, args, {
      cwd: await this.folder(),
      timeout: minutes * 60_000,
      maxBuffer: 1 << 26,
      env: { ...process.env, COMPOSE_PROJECT_NAME: this.#project },
    });
    running.child.stdin!.end(input);
    return (await running).stdout;
  }

  /** Builds an image that differs only in its version, and uses it from the next `up` on. */
  async useVersion(version: string): Promise<void> {
    const ours = Object.entries(readComposeFile().services).filter(([, { build }]) => build);
    const image = `${this.#project}:${version}`;
    const folder = await temporaryFolder('version');
    await writeFile(
      join(folder, 'Dockerfile'),
      `FROM ${ours[0]![1].image}
       USER root
       RUN sed -i 's/"version": ".*"/"version": "${version}"/' package.json
       USER 10001:10001`,
    );
    await run('docker', ['build', '--tag', image, folder]);
    const services = Object.fromEntries(ours.map(([name]) => [name, { image }]));
    await writeFile(join(await this.folder(), 'docker-compose.override.yaml'), JSON.stringify({ services }));
    this.#versions.push(image);
  }

  /** Removes the whole system: containers, volumes, networks, and the images of `useVersion`. */
  async remove(): Promise<void> {
    await this.compose(['--profile', '*', 'down', '--volumes']);
    for (const image of this.#versions) await run('docker', ['image', 'rm', image]);
  }

  /** The running containers of a service. */
  async containers(service: string): Promise<string[]> {
    const labels = { project: this.#project, service, oneoff: 'False' };
    const filters = Object.entries(labels).flatMap(([name, value]) => [
      '--filter',
      `label=com.docker.compose.${name}=${value}`,
    ]);
    const { stdout } = await run('docker', ['ps', '-q', '--no-trunc', ...filters]);
    return stdout.split('\n').filter(Boolean);
  }

  /** Runs a command in the first container of a service. */
  async exec(service: string, ...command: readonly string[]): Promise<string> {
    const [container] = await this.containers(service);
    if (!container) throw new Error(`No container of ${service} is running.`);
    const { stdout } = await run('docker', ['exec', container, ...command], {
      timeout: 5 * 60_000,
      maxBuffer: 1 << 26,
    });
    return stdout;
  }

  /** Runs a command in the first container of a service as root. */
  async execAsRoot(service: string, ...command: readonly string[]): Promise<string> {
    const [container] = await this.containers(service);
    return (await run('docker', ['exec', '--user', '0', container!, ...command])).stdout;
  }

  /** All volumes of the engine, also those without a name. */
  async volumes(): Promise<string[]> {
    return (await run('docker', ['volume', 'ls', '-q'])).stdout.split('\n').filter(Boolean).sort();
  }

  /** The output of psql in a service's container, as that server's superuser; one line per row. */
  psql(service: string, sql: string): Promise<string> {
    return this.exec(
      service,
      'sh',
      '-c',
      'psql -XAtq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "$0"',
      sql,
    );
  }

  /** Locks a table of a service's database against reading and writing. Returns the function that releases the lock. */
  async lock(service: string, table: string): Promise<() => Promise<void>> {
    const [container] = await this.containers(service);
    const psql = 'exec psql -XAtq -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"';
    const holder = spawn('docker', ['exec', '-i', container!, 'sh', '-c', psql], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(holder, 'close');
    holder.stdin.write(`begin; lock table ${table} in access exclusive mode; select 'held';\n`);
    await Promise.race([once(holder.stdout, 'data'), ended]);
    return async () => {
      holder.stdin.end();
      const [code] = (await ended) as [number];
      if (code !== 0) throw new Error(`psql in ${service} exited with ${code}.`);
    };
  }

  /** The output of psql as another role, which logs in with its password under /run/secrets. */
  psqlAs(service: string, role: string, secret: string, sql: string): Promise<string> {
    const login = `PGPASSWORD=$(cat /run/secrets/${secret}) psql -XAtq -v ON_ERROR_STOP=1 -h 127.0.0.1 -U ${role} -d "$POSTGRES_DB" -c "$0"`;
    return this.exec(service, 'sh', '-c', login, sql);
  }

  /** Which of these addresses (host:port) a service reaches, tried by our own image in its container's network. */
  async reached(service: string, addresses: readonly string[]): Promise<string[]> {
    const [container] = await this.containers(service);
    return this.#reachedIn(`container:${container!}`, addresses);
  }

  /** Which of these addresses a new member of a network reaches. */
  reachedInNetwork(network: string, addresses: readonly string[]): Promise<string[]> {
    return this.#reachedIn(`${this.#project}_${network}`, addresses);
  }

  async #reachedIn(network: string, addresses: readonly string[]): Promise<string[]> {
    const program = `
      const { connect } = require('node:net');
      const tries = process.argv.slice(1).map((address) => new Promise((resolve) => {
        const [host, port] = address.split(':');
        const socket = connect({ host, port: Number(port), timeout: 2000 });
        const end = (reached) => { socket.destroy(); resolve(reached ? [address] : []); };
        socket.once('connect', () => end(true)).once('timeout', () => end(false)).once('error', () => end(false));
      }));
      Promise.all(tries).then((found) => console.log(JSON.stringify(found.flat())));`;
    const image = readComposeFile().services['worker']!.image;
    const all = [
      'run',
      '--rm',
      '--network',
      network,
      '--entrypoint',
      'node',
      image,
      '-e',
      program,
      ...addresses,
    ];
    return JSON.parse((await run('docker', all, { timeout: 60_000 })).stdout) as string[];
  }

  /** The addresses that a service has in all its networks. */
  async addresses(service: string): Promise<string[]> {
    const [container] = await this.containers(service);
    const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
    return (await this.inspect(container!, format)).split(' ').filter(Boolean);
  }

  async inspect(container: string, format: string): Promise<string> {
    return (await run('docker', ['inspect', '-f', format, container])).stdout.trim();
  }

  /** Kills the first process of a container, as an out-of-memory killer does. */
  async kill(container: string): Promise<void> {
    process.kill(Number(await this.inspect(container, '{{.State.Pid}}')), 'SIGKILL');
  }
}

/** Whether the engine has the image. */
export function hasImage(image: string): boolean {
  return succeeds('docker', 'image', 'inspect', image);
}

function succeeds(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}
