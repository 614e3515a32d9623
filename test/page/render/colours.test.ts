import fc from 'fast-check';
import { colourCount } from '../../../page/draw/palette.ts';
import { colourNames } from '../../../page/render/colours.ts';

test('no two names in one picture have the same colour, and only names in no picture are grey', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: colourCount('table') });
  fc.assert(
    fc.property(names, names, (first, second) => {
      const colourOf = colourNames('table', first, second);
      for (const picture of [first, second]) {
        const given = picture.map(colourOf);
        expect(given).not.toContain('faint');
        expect(new Set(given).size).toBe(picture.length);
      }
      expect(colourOf('in no picture')).toBe('faint');
    }),
  );
});

test('a name keeps its colour when the names of a picture change their order', () => {
  const names = ['c', 'a', 'b'];
  const [before, after] = [
    colourNames('source', names, ['d']),
    colourNames('source', [...names].reverse(), ['d', 'a']),
  ];
  for (const name of [...names, 'd']) expect([name, after(name)]).toEqual([name, before(name)]);
});
