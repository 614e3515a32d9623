import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';

/** What V8 has compiled of one module. */
interface Compiled {
  /** The CRC-32 of the module's source: V8 itself compares only its length. */
  readonly source: number;
  readonly data: Buffer;
}

interface CompilingModule {
  exports: unknown;
  _compile: (this: CompilingModule, source: string, path: string, ...format: unknown[]) => unknown;
}

/**
 * Keeps in a file of `folder` what V8 compiles of the modules that this process loads, for the next one, as Node does itself
 * from 22.1 on (`module.enableCompileCache`). It is written when the process exits, so it has the functions that ran.
 * Where it cannot be read or written, nothing is kept.
 */
export function keepCompiled(folder: string): void {
  const file = join(folder, `compiled-${process.version}-${process.arch}`);
  const known = readCompiled(file);
  const loaded = new Map<string, { readonly source: number; readonly script: Script }>();
  let isComplete = true;
  const prototype = Module.prototype as unknown as CompilingModule;
  const compile = prototype._compile;
  prototype._compile = function (source, path, ...format) {
    const checksum = crc32(source);
    const earlier = known.get(path);
    const cachedData = earlier?.source === checksum ? earlier.data : undefined;
    const script = isPlain(source) ? scriptOf(source, path, cachedData) : undefined;
    if (!script) return compile.call(this, source, path, ...format);
    if (!cachedData || script.cachedDataRejected) isComplete = false;
    loaded.set(path, { source: checksum, script });
    const run = script.runInThisContext() as (...globals: readonly unknown[]) => unknown;
    return run.call(this.exports, this.exports, createRequire(path), this, path, dirname(path));
  };
  process.once('exit', () => {
    if (isComplete) return;
    for (const [path, { source, script }] of loaded)
      known.set(path, { source, data: script.createCachedData() });
    writeCompiled(file, known);
  });
}

/** Whether a module can be a script: it has no `import()`, except in the comments of types. */
function isPlain(source: string): boolean {
  return !source.includes('import(') || !/^(?!\s*\*).*\bimport\(/m.test(source);
}

/** A CommonJS module as a script; undefined for an ES module, and for what is not JavaScript: Node itself says so best. */
function scriptOf(source: string, path: string, cachedData: Buffer | undefined): Script | undefined {
  try {
    return new Script(Module.wrap(source), { filename: path, ...(cachedData && { cachedData }) });
  } catch {
    return undefined;
  }
}

/** A line of JSON with the modules and the CRC-32 of what follows: their compiled forms, one after the other. */
type Heading = readonly [
  checksum: number,
  modules: readonly (readonly [path: string, source: number, bytes: number])[],
];

function readCompiled(file: string): Map<string, Compiled> {
  const known = new Map<string, Compiled>();
  try {
    const content = readFileSync(file);
    let at = content.indexOf('\n') + 1;
    const [checksum, modules] = JSON.parse(content.toString('utf8', 0, at)) as Heading;
    if (crc32(content.subarray(at)) !== checksum) return known;
    for (const [path, source, bytes] of modules)
      known.set(path, { source, data: content.subarray(at, (at += bytes)) });
  } catch {
    // There is none yet, or it is damaged: the next one replaces it.
  }
  return known;
}

function writeCompiled(file: string, known: ReadonlyMap<string, Compiled>): void {
  const content = Buffer.concat([...known.values()].map(({ data }) => data));
  const modules = [...known].map(([path, { source, data }]) => [path, source, data.length] as const);
  const heading: Heading = [crc32(content), modules];
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, Buffer.concat([Buffer.from(`${JSON.stringify(heading)}\n`), content]));
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
}
