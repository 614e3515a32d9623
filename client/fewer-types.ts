import { existsSync, readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import type protobuf from 'protobufjs/light.js';
import { packageRoot } from '../activities/package-root.ts';

const load = createRequire(__filename);

/** The module in which Temporal's packages describe all types of all requests, used or not. */
export const allTypes: string = '@temporalio/proto/protos/json-module.js';

/** What the build has left of it; see temporal-types.ts. */
export const usedTypesPath = join(packageRoot, 'dist', 'command', 'temporal-types.json');

/**
 * Makes Temporal's packages build only the types that a command can use, when they are loaded: all of them would take as long as
 * to start Node. For a command that runs no workflows.
 */
export function buildFewerTypes(): void {
  if (!existsSync(usedTypesPath)) return;
  let path: string;
  try {
    path = load.resolve(allTypes);
  } catch {
    // Whoever needs the package says that it is missing.
    return;
  }
  const module = Object.assign(new Module(path), { filename: path, loaded: true });
  let built: protobuf.Root | undefined;
  load.cache[path] = Object.defineProperty(module, 'exports', { get: () => (built ??= usedTypes()) });
}

function usedTypes(): protobuf.Root {
  const { Root } = load('protobufjs/light.js') as typeof protobuf;
  const description = JSON.parse(readFileSync(usedTypesPath, 'utf8')) as Record<string, never>;
  const root = new Root();
  root.addJSON(description);
  return root;
}
