import { join } from 'node:path';
import type { Command } from 'commander';
import { packageRoot } from '../../activities/package-root.ts';
import type { NameKind, Shell } from '../completion.ts';
import { completionScript } from '../completion.ts';
import type { Context } from '../context/context.ts';
import type { Printer } from '../terminal/printer.ts';
import { wantedSchedules } from '../schedules/wanted.ts';

/** Prints a script that completes the command line of `program` in `shell`. */
export function completion(printer: Printer, program: Command, shell: Shell): void {
  const command = [process.execPath, join(packageRoot, 'dist', 'client', 'main.js')];
  const script = completionScript(program, shell, command);
  printer.result({ shell, script }, script);
}

/** `names`: what completion scripts offer, one a line. */
export function names({ config, printer }: Context, kind: NameKind): void {
  const found = {
    sources: () => Object.keys(config.sources),
    places: () => config.weather?.places.map(({ name }) => name) ?? [],
    schedules: () => wantedSchedules(config).map(({ id }) => id),
  }[kind]();
  printer.result({ [kind]: found }, found.join('\n'));
}
