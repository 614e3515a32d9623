import { spawn } from 'node:child_process';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';

/** What the bytes of a Parquet file say, as they say it. */
export interface Parsed {
  readonly objects: readonly Readonly<Record<string, unknown>>[];
  /** Of all columns, in the file's order. */
  readonly columns: readonly string[];
  readonly createdBy?: string | undefined;
  /** How many rows the metadata counts. */
  readonly rows: number;
  readonly notes: Readonly<Record<string, string | undefined>>;
}

/** Reads bytes that are known to be what was written. */
export async function parse(file: ArrayBuffer): Promise<Parsed> {
  const metadata = await parquetMetadataAsync(file);
  const objects = await parquetReadObjects({ file, metadata, compressors });
  return {
    objects,
    columns: metadata.schema.slice(1).map(({ name }) => name),
    createdBy: metadata.created_by,
    rows: Number(metadata.num_rows),
    notes: Object.fromEntries(
      metadata.key_value_metadata?.map(({ key, value }) => [key, value] as const) ?? [],
    ),
  };
}

/** The same for a process of its own, which needs no file. */
const program = `
  const [hyparquet, compressors] = process.argv.slice(1);
  const { parquetMetadataAsync, parquetReadObjects } = require(hyparquet);
  async function parse(file) {
    const metadata = await parquetMetadataAsync(file);
    return {
      objects: await parquetReadObjects({ file, metadata, ...require(compressors) }),
      columns: metadata.schema.slice(1).map(({ name }) => name),
      createdBy: metadata.created_by,
      rows: Number(metadata.num_rows),
      notes: Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value])),
    };
  }
  process.once('message', (bytes) => parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)).then(
    (parsed) => process.send({ parsed }),
    (error) => process.send({ error: String(error?.message ?? error) }),
  ));`;

/**
 * Reads bytes of which nothing is known, in a process of its own: a single damaged bit can send the parser round for
 * ever, or have it ask for more than the engine can give, of which the whole process dies, its other threads with it.
 * Throws what is wrong with them.
 */
export async function parseApart(file: ArrayBuffer, patienceMs = 20_000): Promise<Parsed> {
  const command = ['-e', program, require.resolve('hyparquet'), require.resolve('hyparquet-compressors')];
  const child = spawn(process.execPath, ['--max-old-space-size=512', ...command], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    env: {},
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Parsed>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error('it has no end')), patienceMs);
      child.once('error', reject);
      child.once('exit', () => reject(new Error('its parser dies of it')));
      child.once('message', ({ parsed, error }: { parsed?: Parsed; error?: string }) => {
        if (parsed) resolve(parsed);
        else reject(new Error(error));
      });
      child.send(new Uint8Array(file), (error) => {
        if (error) reject(error);
      });
    });
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
