import type { Client } from 'pg';
import { qualified } from '../../model/identifier.ts';

/**
 * A table read like in most tools: `where cursor > max(seen)`, replacing rows by key. Reads
 * under given snapshots, so it differs from a sweep only in its query.
 */
export class UsualWay {
  readonly #table: string;
  readonly #cursor: string;
  readonly #key: string;
  #seen = '-infinity';
  readonly #rows = new Map<string, string>();

  constructor(table: string, key: string, cursor: string) {
    this.#table = table;
    this.#key = key;
    this.#cursor = cursor;
  }

  async read(client: Client): Promise<void> {
    const { rows } = await client.query<{ key: string; row: string; seen: string }>(
      `select row(${this.#key})::text as key, t::text as row, ${this.#cursor}::text as seen
       from ${qualified('public', this.#table)} t where ${this.#cursor} > $1 order by ${this.#cursor}`,
      [this.#seen],
    );
    for (const { key, row } of rows) this.#rows.set(key, row);
    this.#seen = rows.at(-1)?.seen ?? this.#seen;
  }

  /** The number of the source's rows under this snapshot that are missing or outdated. */
  async lost(client: Client): Promise<number> {
    const { rows } = await client.query<{ key: string; row: string }>(
      `select row(${this.#key})::text as key, t::text as row from ${qualified('public', this.#table)} t`,
    );
    return rows.filter(({ key, row }) => this.#rows.get(key) !== row).length;
  }
}
