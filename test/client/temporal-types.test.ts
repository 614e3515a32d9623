import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import protobuf from 'protobufjs/light.js';
import { packageRoot } from '../../activities/package-root.ts';
import { usedTypesPath } from '../../client/fewer-types.ts';

/** Counts the types below a namespace. */
const count = `const count = (at) => (at.nestedArray ?? []).reduce((sum, each) => sum + count(each), at.fields ? 1 : 0);`;

/** What `code` writes in a process that loads Temporal's packages, after what a command does first when `fewer`. */
function typesIn(fewer: boolean): number {
  const first = fewer ? `require('./dist/client/fewer-types.js').buildFewerTypes();` : '';
  const code = `${first} ${count} console.log(count(require('@temporalio/proto/protos/json-module.js')))`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', code], {
    cwd: packageRoot,
    encoding: 'utf8',
  });
  if (stderr !== '') throw new Error(stderr);
  return Number(stdout);
}

test('a command builds less than half of the types of Temporal', () => {
  expect(typesIn(true)).toBeLessThan(typesIn(false) / 2);
});

test('everything that a request or a response can hold is among them', async () => {
  const root = new protobuf.Root();
  root.addJSON(JSON.parse(await readFile(usedTypesPath, 'utf8')) as Record<string, never>);
  const seen = new Set<protobuf.Type>();
  const resolve = (type: protobuf.Type): void => {
    if (seen.has(type)) return;
    seen.add(type);
    for (const field of type.fieldsArray) {
      const { resolvedType } = field.resolve();
      if (resolvedType instanceof protobuf.Type) resolve(resolvedType);
    }
  };
  const services = ['workflowservice.v1.WorkflowService', 'operatorservice.v1.OperatorService'];
  for (const name of services)
    for (const method of root.lookupService(`temporal.api.${name}`).methodsArray) {
      method.resolve();
      resolve(method.resolvedRequestType!);
      resolve(method.resolvedResponseType!);
    }
  expect(seen.size).toBeGreaterThan(200);
});
