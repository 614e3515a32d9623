import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import protobuf from 'protobufjs/light.js';
import { allTypes } from './fewer-types.ts';

/** Of a namespace, a type, a service or an enum, as protobufjs writes and reads it. */
type Description = Readonly<Record<string, unknown>>;

/**
 * The description of the types of Temporal's API that a command can use: those of the requests and responses of the methods
 * that occur in `code` or in Temporal's client, and those that the client names, with all that they are made of. To build the
 * others, three quarters of them, would take as long as to start Node. What a worker uses is not among them.
 */
export async function usedTypes(code: readonly string[]): Promise<unknown> {
  const { default: root } = (await import(allTypes)) as { default: protobuf.Root };
  const client = await codeOf('@temporalio/client');
  const common = await codeOf('@temporalio/common');
  const used = new Set<protobuf.ReflectionObject>();
  for (const method of methodsOf(root))
    if ([...code, client].some((text) => text.includes(`.${lowerFirst(method.name)}(`))) {
      used.add(method);
      reach(root, method.parent!, method.requestType, used);
      reach(root, method.parent!, method.responseType, used);
    }
  for (const [name] of `${client}${common}`.matchAll(/\b(?:temporal|google|grpc)(?:\.[a-z]\w*)*\.[A-Z]\w*/g))
    reach(root, root, name, used);
  return prune(root, used)?.['nested'];
}

/** The code of a package, without its tests. */
async function codeOf(name: string): Promise<string> {
  const folder = dirname(require.resolve(name));
  const files = await readdir(folder, { recursive: true });
  const texts = files
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFile(join(folder, file), 'utf8'));
  return (await Promise.all(texts)).join('\n');
}

function methodsOf(namespace: protobuf.NamespaceBase): protobuf.Method[] {
  return namespace.nestedArray.flatMap((each) =>
    each instanceof protobuf.Service
      ? each.methodsArray
      : each instanceof protobuf.Namespace
        ? methodsOf(each)
        : [],
  );
}

/** Adds the type of this name, as it is written within `from`, and the types of its fields, to `used`. */
function reach(
  root: protobuf.Root,
  from: protobuf.NamespaceBase,
  name: string,
  used: Set<protobuf.ReflectionObject>,
): void {
  const type = from.lookup(name) ?? root.lookup(name);
  if (!(type instanceof protobuf.Type) || used.has(type)) return;
  used.add(type);
  for (const field of type.fieldsArray) reach(root, type, field.type, used);
}

/** What `used` leaves of a description; undefined for nothing. Enums are all kept: code reads them while it is loaded. */
function prune(
  object: protobuf.ReflectionObject,
  used: ReadonlySet<protobuf.ReflectionObject>,
): Description | undefined {
  const description = object.toJSON() as Description;
  if (!(object instanceof protobuf.Namespace)) return description;
  // Its class is derived from Namespace, other than its declaration says.
  const service: unknown = object;
  if (service instanceof protobuf.Service) {
    const methods = service.methodsArray.filter((method) => used.has(method));
    return {
      ...description,
      methods: Object.fromEntries(methods.map((method) => [method.name, method.toJSON()])),
    };
  }
  const nested = object.nestedArray.flatMap((each) => {
    const left = prune(each, used);
    return left ? [[each.name, left] as const] : [];
  });
  if (nested.length === 0 && !used.has(object)) return undefined;
  return { ...description, nested: Object.fromEntries(nested) };
}

function lowerFirst(name: string): string {
  return `${name[0]!.toLowerCase()}${name.slice(1)}`;
}
