import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import { built } from './built.ts';
import { tidehouse } from './run-command.ts';

/**
 * The packages that `tidehouse` with `args` loads, sorted: those in the files of its bundle, which name them in comments, and
 * those in node_modules.
 */
export async function packagesLoadedBy(
  args: readonly string[],
  { folder, env }: { folder: string; env?: Readonly<Record<string, string>> },
): Promise<string[]> {
  const preload = `--require ${built('report-loaded.ts')}`;
  const { stderr } = await tidehouse(args, { folder, env: { ...env, NODE_OPTIONS: preload } });
  const files = stderr.split('\n').filter((line) => line.startsWith(packageRoot));
  const ofBundle = files.filter((file) => file.startsWith(join(packageRoot, 'dist', 'command')));
  const packages = [...files, ...ofBundle.flatMap(sourcesIn)].flatMap(
    (path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
  );
  if (ofBundle.length === 0) throw new Error(`The bundle was not loaded: ${stderr}`);
  return [...new Set(packages)].sort();
}

/** The paths of the sources of a file of the bundle. */
function sourcesIn(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^\/\/(?:#region)? ?(\S+\.[cm]?[jt]s)$/gm)].map(
    ([, source]) => source!,
  );
}
