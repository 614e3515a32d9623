import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { makeReport } from '../../page/page.ts';
import { openPageSources } from '../../worker/page.ts';
import { temporalFor } from '../connect/temporal.ts';
import type { Context } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/**
 * Writes the page as one HTML file that opens without a network. What cannot be read is said in the file, in its place.
 * An existing file is replaced whole.
 */
export async function report({ found, reader, printer }: Context, out: string): Promise<void> {
  const sources = openPageSources(reader, temporalFor(found));
  const path = resolve(out);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const page = await makeReport(sources, hostname());
    await writeFile(temporary, page);
    await rename(temporary, path);
    printer.result({ out: path, bytes: Buffer.byteLength(page) }, `Written to ${out}.`);
  } catch (error) {
    await rm(temporary, { force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const isFolder = await stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    throw new CommandFailure(
      exitCodes.failed,
      `${out} cannot be written (${code}). ${isFolder ? 'It is a folder: give the name of a file in it.' : 'Name a file in a folder that exists and may be written to, with --out.'}`,
    );
  } finally {
    await sources.close();
  }
}
