import type { Context, Location, TemporalContext } from './context/context.ts';
import type { Printer } from './terminal/printer.ts';

/** The environment of a command, by its requirement. */
export interface Environments {
  readonly printer: { readonly printer: Printer };
  /** The location of the config; the command reads the config itself, because it reports errors in it. */
  readonly location: Location;
  /** Temporal alone: an error in the config is logged, and the command continues without it. */
  readonly temporal: TemporalContext;
  /** A valid config. */
  readonly context: Context;
}
export type Requirement = keyof Environments;

export interface Argument {
  /** The name in the usage line; the argument's key when absent. */
  readonly name?: string;
  readonly description: string;
  readonly choices?: readonly string[];
  /** One or more values. */
  readonly repeatable?: true;
  /** Of an argument that is repeatable: no value at all is possible too. */
  readonly optional?: true;
}

/** An option. Its flag is its key in kebab case: `logLevel` is `--log-level`. */
export interface Option {
  readonly description: string;
  /** The name of the option's value in the help; an option without a value is a flag. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly default?: string;
  readonly required?: true;
  /** Each use adds a value. */
  readonly repeatable?: true;
}

export type Arguments = Readonly<Record<string, Argument>>;
export type Options = Readonly<Record<string, Option>>;

type Word<P> = P extends { readonly choices: readonly (infer C)[] } ? C : string;
type ArgumentValue<A> = A extends { readonly repeatable: true } ? readonly Word<A>[] : Word<A>;
type OptionValue<O> = O extends { readonly value: string }
  ? O extends { readonly repeatable: true }
    ? readonly Word<O>[] | undefined
    : O extends { readonly required: true } | { readonly default: string }
      ? Word<O>
      : Word<O> | undefined
  : boolean;

/** The values of the arguments and options of a command, by their keys. */
export type Input<A extends Arguments, O extends Options> = {
  readonly [K in keyof A]: ArgumentValue<A[K]>;
} & { readonly [K in keyof O]: OptionValue<O[K]> };

/** A command: the source of its help, its documentation and its command line. */
export interface Command {
  readonly name: string;
  /** A line for lists of commands, without a full stop. */
  readonly summary: string;
  /** What the command does, in full sentences. */
  readonly description: string;
  /** In their order on the command line. */
  readonly arguments?: Arguments;
  readonly options?: Options;
  readonly example: string;
  /** The command of its group that runs when none is named. */
  readonly isDefault?: true;
  readonly requires: Requirement;
  /** It runs workflows, for which Temporal's packages need all of their types. */
  readonly runsWorkflows?: true;
  /**
   * Imports the implementation when it is called, so other commands do not load it. `environment` is the one that
   * `requires` names, and `input` has the values of the arguments and options; `defineCommand` checks their types.
   */
  run(environment: never, input: never): Promise<void>;
}

interface TypedCommand<R extends Requirement, A extends Arguments, O extends Options> extends Command {
  readonly arguments?: A;
  readonly options?: O;
  readonly requires: R;
  run(environment: Environments[R], input: Input<A, O>): Promise<void>;
}

/** Commands under one name: `schedules plan`, `schedules apply`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly Command[];
}

/** No keys at all: a command without arguments, or without options. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type
type None = Readonly<Record<never, never>>;

/** Defines a command. `run` receives the required environment, and the arguments and options with their exact types. */
export function defineCommand<
  R extends Requirement,
  const A extends Arguments = None,
  const O extends Options = None,
>(command: TypedCommand<R, A, O>): Command {
  return command;
}

/** Whether a command is a group of commands. */
export function isGroup(command: Command | CommandGroup): command is CommandGroup {
  return 'commands' in command;
}

/** An option with its value, as on the command line: `--source <source>`. */
export function optionFlags(key: string, { value }: Option): string {
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  return value === undefined ? flag : `${flag} <${value}>`;
}

/** An argument as in the usage line: `<id>`, `<name=url...>`, `[table...]`. */
export function argumentLabel(key: string, { name = key, repeatable, optional }: Argument): string {
  const label = `${name}${repeatable ? '...' : ''}`;
  return optional ? `[${label}]` : `<${label}>`;
}
