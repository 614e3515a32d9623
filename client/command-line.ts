import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { ErrorOptions } from 'commander';
import type { Argument as ArgumentSpec, Command, Option as OptionSpec } from './command.ts';
import { argumentLabel, optionFlags } from './command.ts';

type Values = Readonly<Record<string, unknown>>;

/** A commander command built from a Command value. Its usage errors list the alternatives. */
export class CommandLine extends Commander {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  /** Accepts the arguments and options of a command, and calls `run` with their values and the value of `--config`. */
  implement(
    { description, example, ...command }: Command,
    run: (input: Values, config: string | undefined) => Promise<void>,
  ): void {
    const names = Object.keys(command.arguments ?? {});
    const options = Object.entries(command.options ?? {}).map(
      ([key, spec]) => [key, toOption(key, spec)] as const,
    );
    this.description(description).addHelpText('after', `\nExample:\n  ${example}`);
    for (const [key, spec] of Object.entries(command.arguments ?? {}))
      this.addArgument(toArgument(key, spec));
    for (const [, option] of options) this.addOption(option);
    this.action(async (...actuals: unknown[]) => {
      const { config, ...values } = this.optsWithGlobals<{ config?: string } & Values>();
      const input = Object.fromEntries([
        ...names.map((name, at) => [name, actuals[at]] as const),
        ...options.map(([key, option]) => [key, valueOf(option, values)] as const),
      ]);
      await run(input, config);
    });
  }

  override error(message: string, options?: ErrorOptions): never {
    return super.error(`${this.#plain(message, options?.code)}${this.#alternatives(options?.code)}`, options);
  }

  /** Commander's message, where that is about commander. */
  #plain(message: string, code: string | undefined): string {
    if (this.#isUnknownCommand(code)) return `error: unknown command '${this.args[0]}'`;
    return message.replace(
      /command-argument value ('.*') is invalid for argument '(\w+)'\./,
      '$1 is not a valid $2.',
    );
  }

  /** When commander has taken a word that is none of the group's commands as an argument of its default command. */
  #isUnknownCommand(code: string | undefined): boolean {
    return (
      code === 'commander.excessArguments' && !!this.parent?.parent && this.parent.args[0] !== this.name()
    );
  }

  #alternatives(code: string | undefined): string {
    const group = this.#isUnknownCommand(code)
      ? this.parent
      : code === 'commander.unknownCommand'
        ? this
        : null;
    if (group) return `\nThe commands are: ${group.commands.map((each) => each.name()).join(', ')}`;
    if (code !== 'commander.missingArgument') return '';
    const choices = this.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
    return choices.length > 0 ? ` (${choices.join(', ')})` : '';
  }
}

function toArgument(key: string, spec: ArgumentSpec): Argument {
  const argument = new Argument(argumentLabel(key, spec), spec.description);
  return spec.choices ? argument.choices(spec.choices) : argument;
}

function toOption(key: string, spec: OptionSpec): Option {
  const option = new Option(optionFlags(key, spec), spec.description);
  if (spec.choices) option.choices(spec.choices);
  if (spec.repeatable) option.argParser(collect(spec.choices));
  if (spec.default !== undefined) option.default(spec.default);
  return option.makeOptionMandatory(spec.required === true);
}

/** A flag is true or false; commander turns `--no-wait` into `wait: false`. */
function valueOf(option: Option, values: Values): unknown {
  const value = values[option.attributeName()];
  if (option.required) return value;
  return option.negate ? value === false : value === true;
}

function collect(choices: readonly string[] | undefined) {
  return (value: string, before: readonly string[] = []): string[] => {
    if (choices && !choices.includes(value))
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...before, value];
  };
}
