import { compressors } from 'hyparquet-compressors';
import { parseParquet } from './parquet-parser.ts';
import type { ParsedFile } from './parquet-parser.ts';

/** The only message of this process: the content of the file, or the parser's error. */
export type ParserAnswer = { readonly parsed: ParsedFile } | { readonly error: string };

/** The entry point of the process that `isolated-parser.ts` starts: parses the one file sent to it. */
process.once('message', ({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>) => {
  void parseParquet(buffer.slice(byteOffset, byteOffset + byteLength), compressors).then(
    (parsed) => answer({ parsed }),
    (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
  );
});

function answer(message: ParserAnswer): void {
  process.send!(message);
}
