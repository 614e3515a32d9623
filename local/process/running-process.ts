import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { poll } from './poll.ts';

/** Whether a process is running. A zombie is not: it has exited and is only waiting for its parent to reap it. */
export function isRunning(pid: number): boolean {
  const state = process.platform === 'linux' ? procState(pid) : askPs(pid, 'stat=').charAt(0);
  // The first thread may be a zombie while other threads still hold files and ports.
  if (state === 'Z' && process.platform === 'linux') return threads(pid) > 1;
  return state !== '' && state !== 'Z' && state !== 'X';
}

/** The command line of a process, its arguments separated by spaces; empty when it is not running. */
export function commandOf(pid: number): string {
  return process.platform === 'linux'
    ? readProc(pid, 'cmdline').replaceAll('\0', ' ').trim()
    : askPs(pid, 'args=');
}

/** Ends a process that is not a child of this one: sends `signal`, kills it after `graceMs`, and waits until it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  for (const [by, forMs] of [[signal, graceMs] as const, ['SIGKILL', 10_000] as const]) {
    send(pid, by);
    if (await poll(() => !isRunning(pid), forMs)) return;
  }
  throw new Error(`Process ${pid} of an earlier run does not exit; kill it and start again.`);
}

/** Kills a process and its children at the same time, like a crash of the machine. */
export function killWithChildren(pid: number): void {
  // The parent first, because a Postgres server whose child dies starts a recovery.
  const children = readProc(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  for (const each of [pid, ...children]) send(each, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function procState(pid: number): string {
  // The second field is the program's name in parentheses, which may itself contain parentheses and spaces.
  return readProc(pid, 'stat').split(') ').at(-1)?.charAt(0) ?? '';
}

function threads(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length;
  } catch {
    return 0;
  }
}

function readProc(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function askPs(pid: number, field: string): string {
  try {
    return execFileSync('ps', ['-o', field, '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
