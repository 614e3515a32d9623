import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';

/** The folder `sql/` of this checkout. */
export const sqlFolder = join(packageRoot, 'sql');

const cache = new Map<string, string>();

/** The text of a file below `sql/`, for example `source/survey.sql`. */
export function sqlFile(name: string): string {
  const text = cache.get(name) ?? readFileSync(join(sqlFolder, name), 'utf8');
  cache.set(name, text);
  return text;
}
