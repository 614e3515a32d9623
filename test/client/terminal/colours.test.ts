import type { ColourChoice } from '../../../client/terminal/colours.ts';
import { colourChoice, inRed, isColourful, withColours } from '../../../client/terminal/colours.ts';

test('a state has its colour where it is a whole cell, and not in a sentence', () => {
  expect(withColours('ok       warehouse  what has failed is ok')).toBe(
    '\x1b[32mok\x1b[39m       warehouse  what has failed is ok',
  );
  expect(withColours('events  held back\npages  failed')).toBe(
    `events  \x1b[33mheld back\x1b[39m\npages  ${inRed('failed')}`,
  );
});

test.each([
  [['sync'], 'auto'],
  [['--color', 'never', 'sync'], 'never'],
  [['sync', '--color=always'], 'always'],
  [['--color', 'blue'], 'auto'],
])('the choice of %j is %s', (argv, choice) => {
  expect(colourChoice(argv)).toBe(choice);
});

type Stream = Parameters<typeof isColourful>[1];
const terminal: Stream = { isTTY: true, hasColors: (): boolean => true };
test.each<[ColourChoice, Stream, boolean]>([
  ['auto', terminal, true],
  ['auto', { isTTY: true, hasColors: (): boolean => false }, false],
  ['auto', { hasColors: (): boolean => true }, false],
  ['never', terminal, false],
  ['always', {}, true],
])('%s on %j: %s', (choice, stream, expected) => {
  expect(isColourful(choice, stream)).toBe(expected);
});
