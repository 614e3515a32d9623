import { createHash } from 'node:crypto';
import { DamagedFile } from './damaged-file.ts';

/** The prefix of Tidehouse's metadata keys. */
export const keyPrefix = 'tidehouse.';
/** The metadata key of the digest: the SHA-256 of the whole file with `emptyDigest` in place of the digest itself. */
export const digestKey = `${keyPrefix}sha256`;
export const emptyDigest = '0'.repeat(64);

const writerName = 'parquet.js';

/** Replaces the `emptyDigest` in a file that was just encoded. */
export function writeDigest(file: Buffer): void {
  file.write(digestOf(file), digestPosition(file));
}

/**
 * Whether Tidehouse wrote the file and it is unchanged; false for a file written by another program. Throws a DamagedFile
 * for a file by Tidehouse that has changed: it must not even be parsed. A file that another tool has made from such a file
 * may still have its metadata, but ends with the name of another writer.
 */
export function hasValidDigest(file: Buffer): boolean {
  const at = digestPosition(file);
  if (at >= 0 && file.toString('latin1', at, at + emptyDigest.length) === digestOf(file)) return true;
  if (file.includes(writerName, -64) && file.includes(keyPrefix))
    throw new DamagedFile('its checksum does not match');
  return false;
}

/** The position of the digest, after its key, the value's type (one byte) and its length (one byte). Negative without one. */
function digestPosition(file: Buffer): number {
  const key = file.lastIndexOf(digestKey);
  return key < 0 ? key : key + digestKey.length + 2;
}

function digestOf(file: Buffer): string {
  const at = digestPosition(file);
  const hash = createHash('sha256').update(file.subarray(0, at)).update(emptyDigest);
  return hash.update(file.subarray(at + emptyDigest.length)).digest('hex');
}
