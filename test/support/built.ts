import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';

/** What `npm run build` has made of a file of this folder, for tests that need a process of its own. */
export function built(name: string): string {
  const script = join(packageRoot, 'dist', 'test', 'support', name.replace(/ts$/, 'js'));
  if (existsSync(script)) return script;
  throw new Error(`${script} does not exist; run "npm run build" first.`);
}
