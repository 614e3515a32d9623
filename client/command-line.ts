import { Argument, Command as Commander, InvalidArgumentError, Option } from 'commander';
import type { ErrorOptions } from 'commander';
import type { Command } from './command.ts';
import { argumentLabel, optionFlags } from './command.ts';

type Values = Readonly<Record<string, unknown>>;

/** A commander command that is configured by a value of ours, and whose usage errors name what could be typed instead. */
export class CommandLine extends Commander {
  override createCommand(name?: string): CommandLine {
    return new CommandLine(name);
  }

  /** Accepts the arguments and options of a command, and calls `run` with their values and the value of `--config`. */
  implement(
    { description, arguments: parameters = {}, options = {}, example }: Command,
    run: (input: Values, config: string | undefined) => Promise<void>,
  ): void {
    this.description(description).addHelpText('after', `\nExample:\n  ${example}`);
    for (const [key, { description: text, choices }] of Object.entries(parameters)) {
      const argument = new Argument(argumentLabel(key, parameters[key]!), text);
      this.addArgument(choices ? argument.choices(choices) : argument);
    }
    const declared = Object.entries(options).map(([key, spec]) => {
      const option = new Option(optionFlags(key, spec), spec.description);
      if (spec.choices) option.choices(spec.choices);
      if (spec.repeatable) option.argParser(collect(spec.choices));
      if (spec.default !== undefined) option.default(spec.default);
      this.addOption(option.makeOptionMandatory(spec.required === true));
      return { key, option };
    });
    this.action(async (...given: unknown[]) => {
      const { config, ...values } = this.optsWithGlobals<{ config?: string } & Values>();
      const valueOf = (option: Option) => {
        const value = values[option.attributeName()];
        return option.required ? value : option.negate ? value === false : value === true;
      };
      await run(
        Object.fromEntries([
          ...Object.keys(parameters).map((key, at) => [key, given[at]] as const),
          ...declared.map(({ key, option }) => [key, valueOf(option)] as const),
        ]),
        config,
      );
    });
  }

  /** Adds to the error of an unknown command or a missing argument what could be typed instead. */
  override error(message: string, options?: ErrorOptions): never {
    return super.error(`${message}${this.#alternatives(options?.code)}`, options);
  }

  #alternatives(code: string | undefined): string {
    if (code === 'commander.unknownCommand') {
      return `\nThe commands are: ${this.commands.map((each) => each.name()).join(', ')}`;
    }
    if (code !== 'commander.missingArgument') return '';
    const choices = this.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
    return choices.length > 0 ? ` (${choices.join(', ')})` : '';
  }
}

function collect(choices: readonly string[] | undefined) {
  return (value: string, before: readonly string[] = []): string[] => {
    if (choices && !choices.includes(value))
      throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
    return [...before, value];
  };
}
