import type { RunStatus } from './sync-progress.ts';

/** Logs from a run's statuses the failures after which Temporal tries an activity again, each once. */
export function retryLog(log: (line: string) => void): (status: RunStatus) => void {
  const logged = new Set<string>();
  return ({ shown }) => {
    for (const failure of shown.flatMap(({ activity }) => activity?.failure ?? []))
      if (!logged.has(failure)) {
        logged.add(failure);
        log(`${failure} Trying again.`);
      }
  };
}
