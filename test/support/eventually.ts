import { poll } from '../../local/process/poll.ts';

/** Asks until there is an answer, and gives it; throws when it did not come within `forMs` that `what`. */
export async function eventually<T>(
  what: string,
  ask: () => T | false | undefined | Promise<T | false | undefined>,
  forMs = 20_000,
): Promise<T> {
  const answer = await poll(ask, forMs);
  if (answer === undefined) throw new Error(`It did not come within ${forMs / 1000} s that ${what}.`);
  return answer;
}
