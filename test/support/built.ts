import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';

/** The compiled form of a file in this folder, for tests that start separate processes. */
export function built(name: string): string {
  const script = join(packageRoot, 'dist', 'test', 'support', name.replace(/ts$/, 'js'));
  if (existsSync(script)) return script;
  throw new Error(`${script} does not exist; run "npm run build" first.`);
}
