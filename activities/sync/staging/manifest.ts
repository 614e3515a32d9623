import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Batch, Manifest } from '../../../model/batch.ts';
import { batchLost } from './errors.ts';
import { writeStaged } from './write-file.ts';

const manifestFile = 'manifest.json';

/** Writes the manifest beside the batch's files and returns its SHA-256, by which the next steps know it again. */
export async function writeManifest(folder: string, manifest: Manifest): Promise<string> {
  const { sha256 } = await writeStaged(
    folder,
    manifestFile,
    Readable.from([JSON.stringify(manifest, null, 1)]),
  );
  return sha256;
}

/** The manifest of `batch`, exactly as its extract wrote it; BatchLost when it is gone or another one. */
export async function readManifest(folder: string, batch: Batch): Promise<Manifest> {
  const path = join(folder, manifestFile);
  const text = await readFile(path).catch(() => {
    throw batchLost(batch.source, `the staged file ${path} is missing`);
  });
  if (createHash('sha256').update(text).digest('hex') !== batch.manifestSha256)
    throw batchLost(batch.source, `the staged file ${path} was altered`);
  return JSON.parse(text.toString('utf8')) as Manifest;
}
