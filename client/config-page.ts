import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../activities/package-root.ts';
import { configJsonSchema } from './config-json-schema.ts';
import { configReference } from './config-reference.ts';

const mark =
  '<!-- Made from model/config-schema/ by "npm run docs", to the end of the page. Do not edit. -->';

// Prints docs/config.md with the reference of this version below its mark; see the script "docs".
const [written] = readFileSync(join(packageRoot, 'docs', 'config.md'), 'utf8').split(mark);
process.stdout.write(`${written!}${mark}\n\n${configReference(configJsonSchema())}\n`);
