/** A gate: callers of `pass` continue at once, or wait while it is closed. */
export function createGate() {
  const waiting: (() => void)[] = [];
  let closed = false;
  const release = () => waiting.splice(0).forEach((go) => go());
  return {
    pass: () => (closed ? new Promise<void>((go) => waiting.push(go)) : Promise.resolve()),
    close: () => void (closed = true),
    /** Lets the current waiters through. */
    release,
    open() {
      closed = false;
      release();
    },
  };
}
