import type { Mute } from '../model/incident.ts';
import { formatTime } from '../model/time.ts';
import { sleepUntil } from './sleep-until.ts';

/**
 * A time in which no message about a subject is sent, whichever of its incidents it is about. Open mutes are listed by
 * Temporal, as open incidents are; cancelling one takes it back.
 */
export async function mute({ until }: Mute): Promise<void> {
  await sleepUntil(until, `until ${formatTime(until)}`);
}
