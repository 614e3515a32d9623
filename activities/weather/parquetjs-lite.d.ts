/** What we use of parquetjs-lite, which comes without types. It throws strings. */
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
        /** It leaves out fields that an index must have; a reader that uses it would refuse the file. */
        readonly pageIndex: false;
      },
    ): Promise<ParquetWriter>;
    setMetadata(key: string, value: string): void;
    appendRow(row: Readonly<Record<string, number | Date>>): Promise<void>;
    close(): Promise<void>;
  }
}
