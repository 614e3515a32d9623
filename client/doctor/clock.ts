import { formatDuration } from '../../model/duration.ts';
import { toleratedClockSeconds } from '../../model/snapshot.ts';
import type { Check } from './check.ts';
import { ok, warning } from './check.ts';

/**
 * Checks a source's clock, which gave `takenAt` (ISO 8601), against this machine's: it was asked between `sent` and `received`
 * (ms since 1970). Complete_through is a time by the source's clock, so the lag is off by as much as the clock is.
 */
export function checkClock(source: string, takenAt: string, sent: number, received: number): Check {
  const subject = `source ${source}, clock`;
  const at = Date.parse(takenAt);
  const aheadMs = at > received ? at - received : Math.min(0, at - sent);
  if (Math.abs(aheadMs) <= toleratedClockSeconds * 1000)
    return ok(subject, 'agrees with that of this machine');
  return warning(
    subject,
    `it is ${formatDuration(Math.round(Math.abs(aheadMs) / 1000))} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of this machine, and so is complete_through`,
    'Set the clock of the source host, or of this machine.',
  );
}
