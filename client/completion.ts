import type { Argument, Command, Option } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** What the names are of that `tidehouse names` prints from the config. */
export const nameKinds = ['sources', 'places', 'schedules'] as const;
export type NameKind = (typeof nameKinds)[number];

/** The options and arguments whose values are names of the config. */
const named: Readonly<Record<string, NameKind>> = {
  '--source': 'sources',
  '--place': 'places',
  id: 'schedules',
};

/** What may stand at a place of the command line: words that are known now, or names to be read when they are asked for. */
interface Values {
  readonly words: readonly string[];
  readonly names?: NameKind | undefined;
}

/** One level of the command line: what was typed so far, and what may follow. */
interface Level {
  /** The commands so far, for example ` schedules pause`; empty at the beginning. */
  readonly typed: string;
  readonly commands: readonly { readonly name: string; readonly says: string }[];
  readonly options: readonly {
    readonly flag: string;
    readonly says: string;
    /** Of an option that takes one. */
    readonly value?: Values;
  }[];
  readonly argument: Values;
}

/**
 * A script that completes the command line of `program` in the shell that reads it. Where that shell knows no command
 * `tidehouse`, as with npx, the script makes it one that runs `command`.
 */
export function completionScript(program: Command, shell: Shell, command: readonly string[]): string {
  const levels = levelsOf(program, '', optionsOf(program));
  return { bash, zsh, fish }[shell](levels, command);
}

function levelsOf(command: Command, typed: string, everywhere: Level['options']): Level[] {
  const own = typed === '' ? [] : optionsOf(command);
  const visible = command.createHelp().visibleCommands(command);
  const commands = command.commands.filter((each) => visible.includes(each));
  const level = {
    typed,
    commands: commands.map((each) => ({ name: each.name(), says: each.description() })),
    options: [...own, ...everywhere],
    argument: valuesOf(command.registeredArguments[0]),
  };
  return [level, ...commands.flatMap((each) => levelsOf(each, `${typed} ${each.name()}`, everywhere))];
}

function optionsOf(command: Command): Level['options'] {
  const options = command.options.flatMap((option) =>
    option.long
      ? [{ flag: option.long, says: option.description, ...(option.required && { value: valuesOf(option) }) }]
      : [],
  );
  return command.parent ? options : [...options, { flag: '--help', says: 'help' }];
}

function valuesOf(of: Option | Argument | undefined): Values {
  if (!of) return { words: [] };
  const name = 'long' in of ? (of.long ?? '') : of.name();
  return { words: of.argChoices ?? [], names: named[name] };
}

/** What may come next at a level, where no option waits for its value. */
function nextOf({ commands, options, argument }: Level): Values {
  const words = [...commands.map(({ name }) => name), ...argument.words, ...options.map(({ flag }) => flag)];
  return { ...argument, words };
}

/** What both bash and zsh do: remember the config, and find the level. */
function follow(levels: readonly Level[]): string {
  const known = levels.slice(1).map(({ typed }) => `'${typed}'`);
  return `if [ "$before" = --config ]; then config=(--config "$word"); fi
    before=$word
    case "$at $word" in ${known.join('|')}) at="$at $word" ;; esac`;
}

/** Cases of what was typed, with the shell's words for what may follow: the options that wait for a value first. */
function cases(levels: readonly Level[], offer: (values: Values) => string): string {
  const values = levels.flatMap(({ typed, options }) =>
    options.flatMap(({ flag, value }) => (value ? [`    '${typed} ${flag}') ${offer(value)} ;;`] : [])),
  );
  const next = levels.map((level) => `        '${level.typed}') ${offer(nextOf(level))} ;;`);
  return `case "$at $before" in
${values.join('\n')}
    *) case "$at" in
${next.join('\n')}
      esac ;;
  esac`;
}

/** For bash and zsh: the command where there is none, and the names from the config that the command line names. */
function functions(command: readonly string[]): string {
  const words = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return `command -v tidehouse > /dev/null || tidehouse() { ${words} "$@"; }
_tidehouse_names() { tidehouse "\${config[@]}" names "$1" 2> /dev/null; }`;
}

function bash(levels: readonly Level[], command: readonly string[]): string {
  const offer = ({ words, names }: Values) =>
    `words="${[...(names ? [`$(_tidehouse_names ${names})`] : []), ...words].join(' ')}"`;
  return `# Completion of tidehouse for bash. Load it with: source <(npx tidehouse completion bash)
${functions(command)}
_tidehouse() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at='' words='' word before='' config=()
  if [ "\${COMP_WORDS[COMP_CWORD-1]}" = --config ]; then
    COMPREPLY=($(compgen -f -- "$cur"))
    return
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    ${follow(levels)}
  done
  ${cases(levels, offer)}
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _tidehouse tidehouse`;
}

function zsh(levels: readonly Level[], command: readonly string[]): string {
  const offer = ({ words, names }: Values) =>
    `compadd -- ${[...(names ? [`$(_tidehouse_names ${names})`] : []), ...words].join(' ')}`.trimEnd();
  return `# Completion of tidehouse for zsh. Load it with: source <(npx tidehouse completion zsh)
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
${functions(command)}
_tidehouse() {
  local at='' word before=''
  local -a config
  if [[ $words[CURRENT-1] == --config ]]; then
    _files
    return
  fi
  for word in $words[2,CURRENT-1]; do
    ${follow(levels)}
  done
  ${cases(levels, offer)}
}
compdef _tidehouse tidehouse`;
}

function fish(levels: readonly Level[], command: readonly string[]): string {
  const offered = ({ words, names }: Values) =>
    [...words, ...(names ? [`(__tidehouse_names ${names})`] : [])].join(' ');
  const lines = levels.flatMap(({ typed, commands, options, argument }) => {
    const seen = typed
      .split(' ')
      .filter(Boolean)
      .map((name) => `__fish_seen_subcommand_from ${name}`);
    const deeper = commands.map(({ name }) => name).join(' ');
    const here = [...seen, ...(deeper ? [`not __fish_seen_subcommand_from ${deeper}`] : [])].join('; and ');
    const when = here ? ` -n '${here}'` : '';
    const following = offered(argument);
    return [
      ...commands.map(({ name, says }) => `complete -c tidehouse${when} -a ${name} -d ${quoted(says)}`),
      ...(following ? [`complete -c tidehouse${when} -a ${quoted(following)}`] : []),
      ...options.map(({ flag, says, value }) => {
        const takes = !value ? '' : flag === '--config' ? ' -rF' : ` -x -a ${quoted(offered(value))}`;
        return `complete -c tidehouse${when} -l ${flag.slice(2)}${takes} -d ${quoted(says)}`;
      }),
    ];
  });
  return `# Completion of tidehouse for fish. Load it with: npx tidehouse completion fish | source
if not type -q tidehouse
  function tidehouse
    ${command.map(quoted).join(' ')} $argv
  end
end
function __tidehouse_names
  set -l typed (commandline -opc)
  set -l config
  if set -l at (contains -i -- --config $typed)
    set config --config $typed[(math $at + 1)]
  end
  tidehouse $config names $argv 2> /dev/null
end
complete -c tidehouse -f
${lines.join('\n')}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
