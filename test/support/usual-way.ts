import type { Client } from 'pg';
import { qualified } from '../../model/identifier.ts';

/**
 * A table read as most tools read it: `where cursor > max(seen)`, what comes replacing what was there by key. Reads
 * under the snapshots that it is given, so that it differs from a sweep in nothing but the way of asking.
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

  /** How many rows of the source, as they are under this snapshot, it lacks or holds in an old version. */
  async lost(client: Client): Promise<number> {
    const { rows } = await client.query<{ key: string; row: string }>(
      `select row(${this.#key})::text as key, t::text as row from ${qualified('public', this.#table)} t`,
    );
    return rows.filter(({ key, row }) => this.#rows.get(key) !== row).length;
  }
}
