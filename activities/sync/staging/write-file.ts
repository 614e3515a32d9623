import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { namingFolder } from './errors.ts';
import type { BatchFolder } from './folder.ts';

/** A file that has been written: its size, and the hash of its content in hex. */
export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Streams `from` into the file `name` of the folder. The file is written under another name and then renamed, so it is
 * never incomplete, and only this user may read it. `watch` sees each chunk. An aborted `signal` or an error leaves nothing
 * behind.
 */
export async function writeStaged(
  folder: BatchFolder,
  name: string,
  from: Readable,
  watch: (chunk: Buffer) => void = () => undefined,
  signal?: AbortSignal,
): Promise<WrittenFile> {
  const partial = join(folder.path, `.${name}.${randomUUID()}`);
  const hash = createHash('sha256');
  let bytes = 0;
  const measured = from.on('data', (chunk: Buffer) => {
    hash.update(chunk);
    bytes += chunk.length;
    watch(chunk);
  });
  const file = createWriteStream(partial, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(measured, file, signal ? { signal } : {});
    await rename(partial, join(folder.path, name));
  } catch (error) {
    await rm(partial, { force: true });
    return namingFolder(folder.source, folder.path)(error);
  }
  return { bytes, sha256: hash.digest('hex') };
}
