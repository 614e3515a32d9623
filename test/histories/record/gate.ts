/** A gate: callers of `pass` go through at once, or wait while it is closed. */
export function createGate() {
  const waiting: (() => void)[] = [];
  let closed = false;
  const release = () => waiting.splice(0).forEach((go) => go());
  return {
    pass: () => (closed ? new Promise<void>((go) => waiting.push(go)) : Promise.resolve()),
    close: () => void (closed = true),
    /** Lets those through that wait now. */
    release,
    open() {
      closed = false;
      release();
    },
  };
}
