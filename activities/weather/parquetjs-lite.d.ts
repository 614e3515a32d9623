/** Types for the part of parquetjs-lite that is used here; the package has none. Its functions throw strings. */
declare module 'parquetjs-lite' {
  import type { Writable } from 'node:stream';

  interface Field {
    readonly type: 'DOUBLE' | 'TIMESTAMP_MILLIS';
    readonly optional?: boolean;
    readonly compression: 'SNAPPY';
  }

  interface Schema {
    readonly fields: object;
  }
  export const ParquetSchema: new (fields: Readonly<Record<string, Field>>) => Schema;

  export class ParquetWriter {
    static openStream(
      schema: Schema,
      out: Writable,
      options?: {
        readonly rowGroupSize?: number;
        /** This library's index lacks required fields, and readers that use it reject the file. */
        readonly pageIndex: false;
      },
    ): Promise<ParquetWriter>;
    setMetadata(key: string, value: string): void;
    appendRow(row: Readonly<Record<string, number | Date>>): Promise<void>;
    close(): Promise<void>;
  }
}
