import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';

test('docs/commands.md describes the commands as they are', () => {
  const program = join(packageRoot, 'dist', 'client', 'commands-page.js');
  const page = execFileSync(process.execPath, [program], { encoding: 'utf8' });
  // When they differ: npm run docs
  expect(readFileSync(join(packageRoot, 'docs', 'commands.md'), 'utf8')).toBe(page);
});
