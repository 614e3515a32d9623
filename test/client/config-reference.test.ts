import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';

test('docs/config.md describes the keys as they are', () => {
  const program = join(packageRoot, 'dist', 'client', 'config-page.js');
  const page = execFileSync(process.execPath, [program], { encoding: 'utf8' });
  // When they differ: npm run docs
  expect(readFileSync(join(packageRoot, 'docs', 'config.md'), 'utf8')).toBe(page);
});
