import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.ts';
import { DamagedFile } from './damaged-file.ts';
import type { ParsedFile } from './parquet-parser.ts';
import type { ParserAnswer } from './parser-process.ts';

const memoryLimitMb = 512;

/** Compiled code even when this file runs from its source under jest, because Node cannot run TypeScript. */
const parserProgram = join(packageRoot, 'dist', 'activities', 'weather', 'parser-process.js');

/**
 * Parses an untrusted Parquet file in a separate process, with limits on memory and time. A single damaged bit can send
 * the parser into an endless loop, or make it allocate more memory than the engine has, which ends the whole process with
 * all its threads. Throws a DamagedFile when the file is at fault, and another error when the process cannot be started.
 */
export async function parseIsolated(file: ArrayBuffer, timeoutMs = 20_000): Promise<ParsedFile> {
  // Without this check, a missing program would look like a crash of the parser, and the file like a damaged one.
  if (!existsSync(parserProgram))
    throw new Error(`${parserProgram} does not exist; run "npm run build" first.`);
  const child = spawn(process.execPath, [`--max-old-space-size=${memoryLimitMb}`, parserProgram], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    env: {},
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<ParsedFile>((resolve, reject) => {
      timer = setTimeout(() => reject(new DamagedFile('parsing timed out')), timeoutMs);
      const fail = (error: Error) =>
        reject(new Error(`the parser process failed (${error.message})`, { cause: error }));
      child.once('error', fail);
      // Not `exit`, which may arrive before a message that was already sent.
      child.once('close', () => reject(new DamagedFile('the parser crashed')));
      child.once('message', (answer: ParserAnswer) => {
        if ('parsed' in answer) resolve(answer.parsed);
        else reject(new DamagedFile(`not a readable Parquet file (${answer.error.split('\n')[0]})`));
      });
      child.send(new Uint8Array(file), (error) => {
        if (error) fail(error);
      });
    });
  } finally {
    clearTimeout(timer);
    child.kill('SIGKILL');
  }
}
