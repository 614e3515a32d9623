import type { Client } from '@temporalio/client';
import { anonymousHistory } from '../../../client/replay/anonymous-history.ts';
import { historyOf } from '../../support/history.ts';

/** Saves the current history of a run under a name. */
export type Keep = (name: string, workflowId: string) => Promise<void>;

/** The histories recorded so far, by name. */
export type Recording = Map<string, string>;

/** Saves histories in `recording`, with each key of `hidden` replaced by its value. */
export function keepIn(recording: Recording, client: Client, hidden: Record<string, string>): Keep {
  return async (name, workflowId) => {
    recording.set(name, anonymousHistory(await historyOf(client, workflowId), hidden));
  };
}
