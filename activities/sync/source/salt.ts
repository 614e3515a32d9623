import { createHash } from 'node:crypto';
import type { Client } from 'pg';

/** The setting of the session that holds the salt of masked values: a statement is shown to others, a parameter is not. */
export const saltSetting = 'tidehouse.mask_salt';

/** Distinguishes a salt from another, without revealing it. */
export function saltId(salt: string): string {
  return createHash('sha256').update(`tidehouse mask ${salt}`).digest('hex').slice(0, 8);
}

/** Gives the salt to the current transaction, which has its snapshot. */
export async function setSalt(client: Client, salt: string): Promise<void> {
  await client.query('select set_config($1, $2, true)', [saltSetting, salt]);
}
