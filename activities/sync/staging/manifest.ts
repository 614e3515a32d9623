import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Batch, Manifest } from '../../../model/batch.ts';
import { batchLost } from '../batch-lost.ts';
import type { BatchFolder } from './folder.ts';
import { writeStaged } from './write-file.ts';

const manifestFile = 'manifest.json';

/** Writes the manifest next to the batch's files and returns its SHA-256, with which later activities verify it. */
export async function writeManifest(folder: BatchFolder, manifest: Manifest): Promise<string> {
  const text = Readable.from([JSON.stringify(manifest, null, 1)]);
  return (await writeStaged(folder, manifestFile, text)).sha256;
}

/** The manifest of `batch`, exactly as its extract wrote it. Throws BatchLost when it is missing or altered. */
export async function readManifest({ path: folder }: BatchFolder, batch: Batch): Promise<Manifest> {
  const path = join(folder, manifestFile);
  const text = await readFile(path).catch(() => {
    throw batchLost(batch.source, `the staged file ${path} is missing`);
  });
  if (createHash('sha256').update(text).digest('hex') !== batch.manifestSha256)
    throw batchLost(batch.source, `the staged file ${path} was altered`);
  return JSON.parse(text.toString('utf8')) as Manifest;
}
