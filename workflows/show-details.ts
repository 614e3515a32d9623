import { condition, setCurrentDetails } from '@temporalio/workflow';

const pauseMs = 1_000;

/**
 * Shows `details()` in the Web UI while `work` goes on: when it begins, when it ends, and after it has called `changed`, but
 * then at most once a second. A run of a thousand children would otherwise write a thousand tables, and again in each replay.
 */
export async function showDetails<T>(
  details: () => string,
  work: (changed: () => void) => Promise<T>,
): Promise<T> {
  let isNew = false;
  let isOver = false;
  const show = () => {
    isNew = false;
    setCurrentDetails(details());
  };
  const hasMore = async () => {
    await condition(() => isNew || isOver);
    return !isOver;
  };
  const keepShowing = async () => {
    while (await hasMore()) {
      show();
      // Its timer is cancelled when the work ends.
      await condition(() => isOver, pauseMs, { summary: 'show no more than one table a second' });
    }
  };
  show();
  // Only the cancellation of the run rejects it, of which `work` says the rest.
  const showing = keepShowing().catch(() => undefined);
  try {
    return await work(() => (isNew = true));
  } finally {
    isOver = true;
    await showing;
    show();
  }
}
