import { failureAbout } from '../../model/unwrap-failure.ts';
import type { RunStatus } from './sync-progress.ts';

/** Logs from a run's statuses the failures after which Temporal tries an activity again, each once. */
export function retryLog(log: (line: string) => void): (status: RunStatus) => void {
  const logged = new Set<string>();
  return ({ shown }) => {
    for (const { source, activity } of shown) {
      if (!activity?.failure) continue;
      const { message } = failureAbout({ source }, activity.failure);
      if (logged.has(message)) continue;
      logged.add(message);
      log(`${message.replace(/ The next run tries again\.$/, '')} Trying again.`);
    }
  };
}
