import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../activities/package-root.ts';

export const composeFile = join(packageRoot, 'docker-compose.yaml');

/** The part of a service that these tests read. */
export interface Service {
  readonly image: string;
  readonly build?: { readonly dockerfile: string };
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly restart: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly mem_limit?: string;
  readonly memswap_limit?: string;
  readonly stop_grace_period?: string;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly networks?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, object>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** The compose file before the substitution of variables. */
export function readComposeFile(): ComposeFile {
  return parse(textOf('docker-compose.yaml'), { merge: true }) as ComposeFile;
}

/** The text of a file in this checkout. */
export function textOf(name: string): string {
  return readFileSync(join(packageRoot, name), 'utf8');
}

/** The published ports: the address and the port on the machine, and the port in the container. */
export function portsOf({ ports = [] }: Service): { address: string; host: number; container: number }[] {
  return ports.map((port) => {
    const [address, host, container] = port.split(':');
    return { address: address!, host: Number(host), container: Number(container) };
  });
}

/** The mounts: a volume or a path in this checkout, and its path in the container. */
export function mountsOf({ volumes = [] }: Service): { from: string; to: string; readOnly: boolean }[] {
  return volumes.map((volume) => {
    const [from, to, mode] = volume.split(':');
    return { from: from!, to: to!, readOnly: mode === 'ro' };
  });
}
