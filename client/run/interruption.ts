const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `before` when a signal ends this process, which then ends as it would have without. Returns the function that
 * turns this off.
 */
export function onInterruption(before: () => void): () => void {
  const end = (signal: NodeJS.Signals) => {
    off();
    before();
    process.kill(process.pid, signal);
  };
  const off = () => {
    for (const signal of signals) process.off(signal, end);
  };
  for (const signal of signals) process.on(signal, end);
  return off;
}
