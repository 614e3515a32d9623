import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** One level of the command line: what was typed so far, and what may follow. */
interface Level {
  /** The commands so far, for example ` schedules pause`; empty at the beginning. */
  readonly typed: string;
  readonly commands: readonly { readonly name: string; readonly says: string }[];
  readonly options: readonly { readonly flag: string; readonly says: string; readonly takesValue: boolean }[];
  /** What an argument may be, where that is known. */
  readonly choices: readonly string[];
}

/** A script that completes the commands and options of `program` in the shell that reads it. */
export function completionScript(program: Command, shell: Shell): string {
  const levels = levelsOf(program, '', optionsOf(program));
  return { bash, zsh, fish }[shell](levels);
}

function levelsOf(command: Command, typed: string, everywhere: Level['options']): Level[] {
  const own = typed === '' ? [] : optionsOf(command);
  const level = {
    typed,
    commands: command.commands.map((each) => ({ name: each.name(), says: each.description() })),
    options: [...own, ...everywhere],
    choices: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
  };
  return [
    level,
    ...command.commands.flatMap((each) => levelsOf(each, `${typed} ${each.name()}`, everywhere)),
  ];
}

function optionsOf(command: Command): Level['options'] {
  return [
    ...command.options,
    ...(command.parent ? [] : [{ long: '--help', description: 'help', required: false }]),
  ].flatMap(({ long, description, required }) =>
    long ? [{ flag: long, says: description, takesValue: required }] : [],
  );
}

/** What both bash and zsh do: find the level, then offer its words. */
function wordsOf({ commands, options, choices }: Level): string {
  return [...commands.map(({ name }) => name), ...choices, ...options.map(({ flag }) => flag)].join(' ');
}

function follow(levels: readonly Level[]): string {
  const known = levels.slice(1).map(({ typed }) => `'${typed}'`);
  return `case "$at $word" in ${known.join('|')}) at="$at $word" ;; esac`;
}

function bash(levels: readonly Level[]): string {
  const offers = levels.map((level) => `    '${level.typed}') words='${wordsOf(level)}' ;;`);
  return `# Completion of tidehouse for bash. Load it with: source <(tidehouse completion bash)
_tidehouse() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' word
  if [ "$prev" = --config ]; then
    COMPREPLY=($(compgen -f -- "$cur"))
    return
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    ${follow(levels)}
  done
  case "$at" in
${offers.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _tidehouse tidehouse`;
}

function zsh(levels: readonly Level[]): string {
  const offers = levels.map((level) => `    '${level.typed}') compadd -- ${wordsOf(level)} ;;`);
  return `#compdef tidehouse
# Completion of tidehouse for zsh. Load it with: source <(tidehouse completion zsh)
_tidehouse() {
  local at='' word
  if [[ $words[CURRENT-1] == --config ]]; then
    _files
    return
  fi
  for word in $words[2,CURRENT-1]; do
    ${follow(levels)}
  done
  case "$at" in
${offers.join('\n')}
  esac
}
compdef _tidehouse tidehouse`;
}

function fish(levels: readonly Level[]): string {
  const lines = levels.flatMap(({ typed, commands, options, choices }) => {
    const seen = typed
      .split(' ')
      .filter(Boolean)
      .map((name) => `__fish_seen_subcommand_from ${name}`);
    const deeper = commands.map(({ name }) => name).join(' ');
    const here = [...seen, ...(deeper ? [`not __fish_seen_subcommand_from ${deeper}`] : [])].join('; and ');
    const when = here ? ` -n '${here}'` : '';
    return [
      ...commands.map(({ name, says }) => `complete -c tidehouse -f${when} -a ${name} -d ${quoted(says)}`),
      ...choices.map((choice) => `complete -c tidehouse -f${when} -a ${choice}`),
      ...options.map(
        ({ flag, says, takesValue }) =>
          `complete -c tidehouse${when} -l ${flag.slice(2)}${takesValue ? ' -r' : ''} -d ${quoted(says)}`,
      ),
    ];
  });
  return `# Completion of tidehouse for fish. Load it with: tidehouse completion fish | source\n${lines.join('\n')}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
