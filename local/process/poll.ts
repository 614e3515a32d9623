import { setTimeout as pause } from 'node:timers/promises';

/** Calls `ask` every `everyMs` until it returns a value, and returns it; `undefined` when there is none within `forMs`. */
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
