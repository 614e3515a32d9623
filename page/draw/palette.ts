/**
 * The colours of what pictures name, a palette for each kind: no two kinds have a colour in common, so a colour has one meaning
 * on the whole page. The lines of sources cross each other, so their colours are as far apart as can be. What is stacked has
 * a ladder from the strongest colour to the faintest, which can be seen on grey paper and by colour-blind readers too.
 */
const palettes = {
  /** Bluish and purple. */
  source: {
    light: ['#2468d8', '#670342', '#d06b9e', '#0b9be8', '#4b10b4', '#8e2f63', '#864ca0', '#4e047d'],
    dark: ['#6ea8fe', '#b4f0ff', '#ae4d81', '#7152ec', '#c77ea2', '#efa3c8', '#996eca', '#37d0fd'],
  },
  /** Red by way of brown to olive. */
  table: {
    light: ['#650c1d', '#782009', '#803c05', '#885404', '#8e6a02', '#908207', '#899c08'],
    dark: ['#edf48a', '#f0d668', '#efb84e', '#ea9941', '#e07c41', '#d06149', '#bc4852'],
  },
  /** Green. */
  activity: {
    light: ['#01411e', '#035435', '#08674d', '#077b66', '#0a9081', '#12a49e'],
    dark: ['#8bf7cf', '#78deb3', '#66c698', '#54af7d', '#449863', '#348149'],
  },
  /** Grey. */
  change: {
    light: ['#434850', '#676c75', '#8d939c'],
    dark: ['#d8dee8', '#a2a8b1', '#6f757e'],
  },
} as const;

export type Kind = keyof typeof palettes;

/** A colour by its name in the style sheet, which is light or dark; `faint` is for what has no colour of its own. */
export type Colour = `${Kind}-${number}` | 'faint';

/** How many names of a kind have a colour of their own. */
export function colourCount(kind: Kind): number {
  return palettes[kind].light.length;
}

/** The colour with the number `at` of a kind, from 0. */
export function colourAt(kind: Kind, at: number): Colour {
  return at < colourCount(kind) ? `${kind}-${at}` : 'faint';
}

/** So many colours of a ladder in their order, as far apart as it allows. */
export function ladderOf(kind: Kind, count: number): readonly Colour[] {
  const last = colourCount(kind) - 1;
  const apart = count > 1 ? Math.max(1, last / (count - 1)) : 0;
  return Array.from({ length: count }, (_, at) => colourAt(kind, Math.round(at * apart)));
}

/** A colour for a picture. */
export function paint(colour: Colour): string {
  return `var(--${colour})`;
}

const named = (scheme: 'light' | 'dark') =>
  (Object.keys(palettes) as Kind[]).flatMap((kind) =>
    palettes[kind][scheme].map((value, at) => [colourAt(kind, at), value] as const),
  );

/** All colours of one scheme as declarations of a style sheet. */
export function declarations(scheme: 'light' | 'dark'): string {
  return named(scheme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(';');
}

/** A class for each colour, for legends. */
export const colourClasses = named('light')
  .map(([name]) => `.${name}{background:${paint(name)}}`)
  .join('');
