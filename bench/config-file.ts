import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';

/** What a bench puts into the config in place of the stack's own sources and tables. */
export interface Wanted {
  readonly sources: Readonly<Record<string, { readonly url: unknown }>>;
  readonly tables: Readonly<Record<string, object>>;
}

/** Changes the sources and tables of a config file; `change` receives its sources as they are. */
export async function changeConfig(
  configFile: string,
  change: (sources: Wanted['sources']) => Wanted,
): Promise<void> {
  const config = parse(await readFile(configFile, 'utf8')) as Wanted;
  await writeFile(configFile, stringify({ ...config, ...change(config.sources) }));
}
