import { createHash } from 'node:crypto';
import { DamagedFile } from './damaged-file.ts';

/** The prefix of each metadata key of ours. */
export const keyPrefix = 'tidehouse.';
/** The metadata key of the digest: SHA-256 of the whole file, in which `emptyDigest` stands in its place. */
export const digestKey = `${keyPrefix}sha256`;
export const emptyDigest = '0'.repeat(64);

const writerName = 'parquet.js';

/** Replaces the `emptyDigest` in a file that was just encoded. */
export function writeDigest(file: Buffer): void {
  file.write(digestOf(file), digestPosition(file));
}

/**
 * Whether we wrote the file and it is unchanged since; false for a file of another program. Throws a DamagedFile for a file
 * of ours that has changed since: it must not even be parsed. A file that another tool has made from one of ours may have
 * kept our metadata, but ends with the name of another writer.
 */
export function hasValidDigest(file: Buffer): boolean {
  const at = digestPosition(file);
  if (at >= 0 && file.toString('latin1', at, at + emptyDigest.length) === digestOf(file)) return true;
  if (file.includes(writerName, -64) && file.includes(keyPrefix))
    throw new DamagedFile('its checksum does not match');
  return false;
}

/** The digest stands after its key, the type of the value (one byte) and its length (one byte). Negative without one. */
function digestPosition(file: Buffer): number {
  const key = file.lastIndexOf(digestKey);
  return key < 0 ? key : key + digestKey.length + 2;
}

function digestOf(file: Buffer): string {
  const at = digestPosition(file);
  const hash = createHash('sha256').update(file.subarray(0, at)).update(emptyDigest);
  return hash.update(file.subarray(at + emptyDigest.length)).digest('hex');
}
