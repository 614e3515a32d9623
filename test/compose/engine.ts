import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../activities/package-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { composeFile, readComposeFile } from './composed.ts';

const run = promisify(execFile);

/** The command: `docker compose`, or `docker-compose` if only that is installed. */
const compose = [['docker', 'compose'], ['docker-compose']].find(([program, ...args]) =>
  succeeds(program!, ...args, 'version'),
);

/** Why the compose file cannot be started on this machine; undefined when it can. */
export const unavailable: string | undefined = !compose
  ? 'neither "docker compose" nor "docker-compose" is installed'
  : !succeeds('docker', 'info')
    ? 'no Docker engine is running'
    : process.getuid?.() !== 0
      ? 'only root can kill processes in containers'
      : undefined;

/** The unchanged system of the compose file, under a separate project name. */
export class ComposedSystem {
  readonly #project: string;
  #files = [composeFile];
  #versions: string[] = [];

  constructor(project: string) {
    this.#project = project;
  }

  /** Runs `docker compose …` and returns its stdout. */
  async compose(args: readonly string[], minutes = 10): Promise<string> {
    const [program, ...first] = compose!;
    const files = this.#files.flatMap((file) => ['--file', file]);
    const all = [...first, ...files, '--project-name', this.#project, '--env-file', '.env.example', ...args];
    const { stdout } = await run(program!, all, {
      cwd: packageRoot,
      timeout: minutes * 60_000,
      maxBuffer: 1 << 26,
      env: { ...process.env, COMPOSE_PROJECT_NAME: this.#project },
    });
    return stdout;
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
    const override = join(folder, 'compose.json');
    const services = Object.fromEntries(ours.map(([name]) => [name, { image }]));
    await writeFile(override, JSON.stringify({ services }));
    this.#files = [composeFile, override];
    this.#versions.push(image);
  }

  /** Removes the whole system: containers, volumes, networks, and the images of `useVersion`. */
  async remove(): Promise<void> {
    await this.compose(['down', '--volumes']);
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
