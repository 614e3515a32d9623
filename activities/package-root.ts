import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of this checkout. Code runs from its sources and from `dist/`, so it is searched for upwards. */
export const packageRoot = ((): string => {
  for (let folder = __dirname; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder))
      throw new Error(`There is no package.json above ${__dirname}; run from a checkout of tidehouse.`);
  }
})();

/** The version of this checkout. */
export const packageVersion = (
  JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
).version;
