import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import { compiled } from '../support/run-command.ts';

test('docs/commands.md is up to date', () => {
  const page = execFileSync(process.execPath, [join(compiled, 'commands-page.js')], { encoding: 'utf8' });
  // When they differ: npm run docs
  expect(readFileSync(join(packageRoot, 'docs', 'commands.md'), 'utf8')).toBe(page);
});
