import type { Command } from 'commander';
import type { Shell } from '../completion.ts';
import { completionScript } from '../completion.ts';
import type { Printer } from '../printer.ts';

/** Prints a script that completes the command line of `program` in `shell`. */
export function completion(printer: Printer, program: Command, shell: Shell): void {
  const script = completionScript(program, shell);
  printer.result({ shell, script }, script);
}
