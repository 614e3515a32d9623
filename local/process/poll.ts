import { setTimeout as pause } from 'node:timers/promises';

/** Asks until there is an answer, and gives it; `undefined` when there was none for `forMs`. */
export async function poll<T>(
  ask: () => T | false | undefined | Promise<T | false | undefined>,
  forMs: number,
  everyMs = 20,
): Promise<T | undefined> {
  const end = performance.now() + forMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() >= end) return undefined;
    await pause(everyMs);
  }
}
