import { delimiter, dirname, relative } from 'node:path';
import { shellWord } from '../../model/shell-word.ts';

/** The commands that are named in texts for somebody to run. */
export const commandNames: readonly string[] = [
  'accept',
  'alerts',
  'audit',
  'doctor',
  'init',
  'migrate',
  'quarantine',
  'repartition',
  'replay',
  'report',
  'resync',
  'schedules',
  'sources',
  'status',
  'sync',
  'tables',
  'weather',
  'worker',
];

const command = new RegExp(`(?<![\\w./-])tidehouse (?=(${commandNames.join('|')})\\b)`, 'g');

/** The commands that have no use for a config. */
const withoutConfig = ['init'];

/** The process whose output is to be read. */
export interface Caller {
  /** As `process.argv`: the second is the path of the launcher. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

/**
 * The text with each of our commands, which texts call `tidehouse`, as the reader can call it: by the path, and with the
 * `--config`, with which this process was called. A text that this has returned stays as it is.
 */
export function callable(text: string, caller: Caller = thisProcess()): string {
  if (!text.includes('tidehouse ')) return text;
  const program = programOf(caller);
  const config = configOf(caller.argv);
  return text.replaceAll(command, (_, name: string) =>
    config === undefined || withoutConfig.includes(name)
      ? `${program} `
      : `${program} --config ${shellWord(config)} `,
  );
}

function thisProcess(): Caller {
  return { argv: process.argv, env: process.env, folder: process.cwd() };
}

function programOf({ argv: [, launcher = ''], env, folder }: Caller): string {
  if (launcher.includes('/node_modules/.bin/')) return 'npx tidehouse';
  const name = '/tidehouse';
  if (!launcher.endsWith(name) || env['PATH']?.split(delimiter).includes(dirname(launcher)))
    return 'tidehouse';
  const path = relative(folder, launcher);
  if (path.startsWith('../')) return shellWord(launcher);
  return shellWord(path.includes('/') ? path : `./${path}`);
}

function configOf(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--config' || word.startsWith('--config='));
  if (at < 0) return undefined;
  return argv[at] === '--config' ? argv[at + 1] : argv[at]!.slice('--config='.length);
}
