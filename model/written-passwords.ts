import type { Config } from './config.ts';
import type { Secret } from './secret.ts';

/** A database URL of the config that is written out with a password in it. */
export interface WrittenPassword {
  /** Its place in the config: `sources.shop.url`. */
  readonly key: string;
  readonly problem: string;
  readonly advice: string;
}

/** The URLs of sources and of the warehouse that have a password in the config itself, each with what to write instead. */
export function writtenPasswords({
  sources,
  warehouse,
}: Pick<Config, 'sources' | 'warehouse'>): WrittenPassword[] {
  const urls: readonly (readonly [name: string, key: string, url: Secret])[] = [
    ...Object.entries(sources).map(([name, { url }]) => [name, `sources.${name}.url`, url] as const),
    ['warehouse', 'warehouse.url', warehouse.url],
  ];
  return urls
    .filter(([, , url]) => 'value' in url && hasPassword(url.value))
    .map(([name, key]) => ({
      key,
      problem: 'the URL is written in the config with its password',
      advice: `Write url: $${variableFor(name)}, and set this environment variable to the URL; or url: { file: /run/secrets/${name} }, and write the URL into the file.`,
    }));
}

/** The usual name of the environment variable with the URL of a source. */
export function variableFor(source: string): string {
  return `${source.toUpperCase().replaceAll('-', '_')}_URL`;
}

function hasPassword(url: string): boolean {
  const parameters = new URLSearchParams(url.split('?')[1]);
  return (
    /^\w+:\/\/[^/@?:]*:[^/@]+@/.test(url) || ['password', 'sslpassword'].some((name) => parameters.get(name))
  );
}
