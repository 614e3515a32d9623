import { keepRunning } from '../../../client/up/keep-running.ts';
import type { Exit } from '../../../local/process/server-process.ts';

const ended: Exit = { signal: 'SIGKILL', code: null };

/** A server that ends at once, or not during the test. */
const server = (pid: number, exited: Promise<Exit> = new Promise(() => undefined)) => ({
  ...{ pid, exited },
  isStopping: () => Promise.resolve(false),
  stop: () => Promise.resolve(),
});

test('a server that was killed is started again, also a second time, and each is said', async () => {
  const lines: string[] = [];
  const stop = new AbortController();
  let stopped: (exit: Exit) => void = () => undefined;
  const starts = [
    server(2, Promise.resolve(ended)),
    server(3, new Promise((resolve) => (stopped = resolve))),
  ];
  const kept = keepRunning(
    {
      name: 'project_a',
      server: server(1, Promise.resolve(ended)),
      restart() {
        // The last one ends because everything is stopped.
        if (starts.length === 1) {
          stop.abort();
          queueMicrotask(() => stopped(ended));
        }
        return Promise.resolve(starts.shift()!);
      },
    },
    (line) => lines.push(line),
    stop.signal,
    1,
  );
  await kept;
  expect(lines.map((line) => line.replace(/\. .*/, '.'))).toEqual([
    'project_a (process 1) has ended (SIGKILL).',
    'project_a is running again (process 2).',
    'project_a (process 2) has ended (SIGKILL).',
    'project_a is running again (process 3).',
  ]);
});

test('a server that ends because everything is stopped stays down', async () => {
  const restart = jest.fn();
  await keepRunning(
    { name: 'project_a', server: server(1, Promise.resolve(ended)), restart },
    () => undefined,
    AbortSignal.abort(),
    1,
  );
  expect(restart).not.toHaveBeenCalled();
});

test('a server that does not start again is reported, with what to do', async () => {
  const lines: string[] = [];
  await keepRunning(
    {
      name: 'project_a',
      server: server(1, Promise.resolve(ended)),
      restart: () => Promise.reject(new Error('its port is taken.')),
    },
    (line) => lines.push(line),
    new AbortController().signal,
    1,
  );
  expect(lines.at(-1)).toBe(
    'project_a does not start again: its port is taken. Press Ctrl-C and start again.',
  );
});

test('a server that is asked to shut down, and waits for open connections, is made to end and started again', async () => {
  const lines: string[] = [];
  const stop = new AbortController();
  let end: (exit: Exit) => void = () => undefined;
  await keepRunning(
    {
      name: 'project_a',
      server: {
        ...server(1, new Promise((resolve) => (end = resolve))),
        isStopping: () => Promise.resolve(true),
        stop() {
          end({ signal: null, code: 0 });
          return Promise.resolve();
        },
      },
      restart() {
        stop.abort();
        return Promise.resolve(server(2, Promise.resolve(ended)));
      },
    },
    (line) => lines.push(line),
    stop.signal,
    1,
  );
  expect(lines.map((line) => line.replace(/\. .*/, '.'))).toEqual([
    'project_a (process 1) has ended (it was shut down).',
    'project_a is running again (process 2).',
  ]);
});
