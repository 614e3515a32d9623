/** When output has colours: where a person reads it, or as the person says. */
export const colourChoices = ['auto', 'always', 'never'] as const;
export type ColourChoice = (typeof colourChoices)[number];

const green = '\x1b[32m';
const yellow = '\x1b[33m';
const red = '\x1b[31m';
const noColour = '\x1b[39m';

/** The states that people look for. */
const states: readonly (readonly [colour: string, words: string])[] = [
  [green, 'ok|landed|completed|written|resolved'],
  [yellow, 'warning|next|paused|held back|retrying|running|unchanged|muted'],
  [red, 'failed|missing|timed_out|terminated|never|unreachable'],
];

/** A state is a whole cell: a word in a sentence keeps its colour. */
const stateCells = states.map(
  ([colour, words]) => [colour, new RegExp(`(?<=^|  )(${words})(?=$|  )`, 'gm')] as const,
);

/** The text with its states in colours. */
export function withColours(text: string): string {
  return stateCells.reduce(
    (painted, [colour, cell]) => painted.replace(cell, `${colour}$&${noColour}`),
    text,
  );
}

/** The text in red. */
export function inRed(text: string): string {
  return `${red}${text}${noColour}`;
}

/** Gives a text its colours if the terminal has them, by the choice on this process's command line. */
export function painter(terminal: Stream): (text: string) => string {
  return isColourful(colourChoice(process.argv), terminal) ? withColours : (text) => text;
}

/** The choice on a command line: the value of its last `--color`. */
export function colourChoice(argv: readonly string[]): ColourChoice {
  const at = argv.lastIndexOf('--color');
  const value = at >= 0 ? argv[at + 1] : argv.findLast((each) => each.startsWith('--color='))?.slice(8);
  return colourChoices.find((choice) => choice === value) ?? 'auto';
}

/** A stream of output, as far as its colours are concerned. */
interface Stream {
  readonly isTTY?: boolean;
  hasColors?(): boolean;
}

/** Whether output to the stream has colours. `hasColors` honours NO_COLOR, and a pipe has none. */
export function isColourful(choice: ColourChoice, stream: Stream): boolean {
  return choice === 'always' || (choice === 'auto' && stream.isTTY === true && stream.hasColors?.() === true);
}
