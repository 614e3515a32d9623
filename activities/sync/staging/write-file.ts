import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Streams `from` into `folder/name`: written beside and renamed, so that the name never stands for half a file, and
 * readable by this user only. `report` hears the bytes so far. An aborted `signal` or an error leaves nothing behind.
 */
export async function writeStaged(
  folder: string,
  name: string,
  from: Readable,
  report: (bytes: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Written> {
  const beside = join(folder, `.${name}.${randomUUID()}`);
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      bytes += chunk.length;
      report(bytes);
      done(null, chunk);
    },
  });
  try {
    await pipeline(
      from,
      measure,
      createWriteStream(beside, { flags: 'wx', mode: 0o600 }),
      signal ? { signal } : {},
    );
    await rename(beside, join(folder, name));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  return { bytes, sha256: hash.digest('hex') };
}
