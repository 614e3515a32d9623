import type { Command, CommandGroup, Option } from './command.ts';
import { argumentLabel, isGroup, optionFlags } from './command.ts';
import { commands } from './commands/index.ts';
import { exitCodeDescriptions } from './exit-codes.ts';
import { paddedTable } from './padded-table.ts';

// Prints docs/commands.md: node dist/client/commands-page.js > docs/commands.md
process.stdout.write(page());

function page(): string {
  return `${[
    '# Commands',
    '<!-- Made from client/commands/ by "npm run docs". Do not edit. -->',
    'Run a command as `./tidehouse <command>` from the checkout, or by the path of that file from any other folder, once `npm run build` or `npm start` has built it. `npx tidehouse` does the same, more slowly. After `npm link` it is `tidehouse`, as in the examples below.',
    paddedTable(
      ['command', 'what it does'],
      leaves().map(({ path, command }) => [`[\`${path}\`](#${anchor(path)})`, capital(command.summary)]),
    ),
    '## The config',
    'A command uses the first of these configs that exists:',
    [
      '1. the file given by `--config FILE`,',
      '2. the file given by the environment variable `TIDEHOUSE_CONFIG`,',
      '3. the config of the `tidehouse up` running from this checkout,',
      '4. `tidehouse.yaml` in the current folder.',
    ].join('\n'),
    'With the config of a running `up`, a command also uses the Temporal server of that `up`; when that leaves an own `./tidehouse.yaml` or `TEMPORAL_ADDRESS` unused, it says so on stderr. Otherwise the address of Temporal comes from the `TEMPORAL_*` environment variables or `temporal.toml`, as for the `temporal` CLI.',
    '## Output',
    'A command prints its result to stdout, and progress messages to stderr. With `--json` the result is exactly one JSON document, and each message is one JSON object on a line of its own, with the same keys as the log of a worker. A command that fails without a result prints `{ "error": "…" }`.',
    'On a terminal, tables fit its width and states have colours. `--color never`, or the environment variable `NO_COLOR`, turns colours off; `--color always` keeps them in a pipe.',
    '## Exit codes',
    paddedTable(
      ['code', 'meaning'],
      exitCodeDescriptions.map(([code, meaning]) => [String(code), capital(meaning)]),
    ),
    ...leaves().flatMap(({ path, command }) => section(path, command)),
  ].join('\n\n')}\n`;
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

function leaves(of: readonly (Command | CommandGroup)[] = commands, before = ''): Leaf[] {
  return of.flatMap((each) =>
    isGroup(each)
      ? leaves(each.commands, `${before}${each.name} `)
      : [{ path: `${before}${each.name}`, command: each }],
  );
}

function section(path: string, { description, example, ...command }: Command): string[] {
  const parameters = Object.entries(command.arguments ?? {});
  const options = Object.entries(command.options ?? {});
  const usage = [
    'tidehouse',
    path,
    ...(options.length > 0 ? ['[options]'] : []),
    ...parameters.map(([key, argument]) => argumentLabel(key, argument)),
  ].join(' ');
  const rows = [
    ...parameters.map(([key, argument]) => [
      `\`${argumentLabel(key, argument)}\``,
      describe(argument.description, argument),
    ]),
    ...options.map(([key, option]) => [
      `\`${optionFlags(key, option)}\``,
      describe(option.description, option),
    ]),
  ];
  return [
    `## ${path}`,
    description,
    `\`\`\`sh\n${usage}\n\`\`\``,
    ...(rows.length > 0 ? [paddedTable(['argument or option', 'meaning'], rows)] : []),
    `Example:\n\n\`\`\`sh\n${example}\n\`\`\``,
  ];
}

function describe(
  description: string,
  { choices = [], default: preset, required }: Omit<Option, 'description'>,
): string {
  const more = [
    ...(choices.length > 0 ? [`one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`] : []),
    ...(preset === undefined ? [] : [`default: \`${preset}\``]),
    ...(required ? ['required'] : []),
  ];
  return capital(more.length > 0 ? `${description} (${more.join('; ')})` : description);
}

function anchor(path: string): string {
  return path.replaceAll(' ', '-');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
