import type { Client } from '@temporalio/client';
import type { Config } from '../../../model/config.ts';

/** The input of every check. */
export interface CheckContext {
  readonly client: Client;
  readonly config: Config;
  /** The time of the health check, in ms. */
  readonly now: number;
}
