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
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly pids_limit?: number;
  readonly tmpfs?: readonly string[];
  readonly extra_hosts?: readonly string[];
  readonly network_mode?: string;
  readonly networks?: readonly string[] | Readonly<Record<string, Network | null>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly (string | Bind)[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
}

interface Network {
  readonly aliases?: readonly string[];
}

interface Bind {
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** The compose file with the defaults of its variables. */
export function readComposeFile(): ComposeFile {
  const text = textOf('docker-compose.yaml').replaceAll(/\$\{[A-Z_]+:-([^}]*)\}/g, '$1');
  return parse(text, { merge: true }) as ComposeFile;
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
    if (typeof volume === 'object')
      return { from: volume.source, to: volume.target, readOnly: volume.read_only ?? false };
    const [from, to, mode] = volume.split(':');
    return { from: from!, to: to!, readOnly: mode === 'ro' };
  });
}

/** The names of a service's networks, with its other names there. */
export function networksOf({ networks = [] }: Service): ReadonlyMap<string, readonly string[]> {
  return new Map(
    Array.isArray(networks)
      ? (networks as readonly string[]).map((name) => [name, []])
      : Object.entries(networks as Record<string, Network | null>).map(([name, network]) => [
          name,
          network?.aliases ?? [],
        ]),
  );
}
