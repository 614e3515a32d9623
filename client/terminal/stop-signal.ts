/** Aborts when somebody asks this process to end: Ctrl-C, a closed terminal, a supervisor. */
export function stopSignal(): AbortSignal {
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked.abort());
  return asked.signal;
}
