import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import type { Compressors } from 'hyparquet';

/** The content of a Parquet file as parsed, without interpretation. */
export interface ParsedFile {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** All columns, in the file's order. */
  readonly columns: readonly string[];
  readonly createdBy?: string | undefined;
  /** The number of rows according to the metadata. */
  readonly rowCount: number;
  readonly metadata: Readonly<Record<string, string | undefined>>;
}

/**
 * Parses a Parquet file in this process. Only for trusted bytes: a damaged bit can send the parser into an endless loop or
 * make it ask for more memory than there is. Without `compressors` it reads the codecs of our own files. Throws whatever the
 * parser throws.
 */
export async function parseParquet(file: ArrayBuffer, compressors: Compressors = {}): Promise<ParsedFile> {
  const metadata = await parquetMetadataAsync(file);
  const rows = await parquetReadObjects({ file, metadata, compressors });
  return {
    rows,
    columns: metadata.schema.slice(1).map(({ name }) => name),
    createdBy: metadata.created_by,
    rowCount: Number(metadata.num_rows),
    metadata: Object.fromEntries(
      metadata.key_value_metadata?.map(({ key, value }) => [key, value] as const) ?? [],
    ),
  };
}
