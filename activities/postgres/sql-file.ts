import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder `sql/` of this checkout: code runs from its sources and from `dist/`, so it is looked for upwards. */
export const sqlFolder = ((): string => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'sql')))
      return join(folder, 'sql');
    if (folder === dirname(folder)) throw new Error(`There is no folder sql/ above ${__dirname}.`);
  }
})();

const read = new Map<string, string>();

/** The text of a file below `sql/`. */
export function sqlFile(name: string): string {
  const text = read.get(name) ?? readFileSync(join(sqlFolder, name), 'utf8');
  read.set(name, text);
  return text;
}
