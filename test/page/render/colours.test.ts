import fc from 'fast-check';
import { colours } from '../../../page/draw/frame.ts';
import { colourNames } from '../../../page/render/colours.ts';

test('no two names in one picture have the same colour, and only names in no picture are grey', () => {
  const names = fc.uniqueArray(fc.string({ maxLength: 2 }), { maxLength: colours });
  fc.assert(
    fc.property(names, names, (first, second) => {
      const colourOf = colourNames(first, second);
      for (const picture of [first, second]) {
        const given = picture.map(colourOf);
        expect(given).not.toContain(null);
        expect(new Set(given).size).toBe(picture.length);
      }
      expect(colourOf('in no picture')).toBeNull();
    }),
  );
});

test('a name keeps its colour when the names of a picture change their order', () => {
  const names = ['c', 'a', 'b'];
  const [before, after] = [colourNames(names, ['d']), colourNames([...names].reverse(), ['d', 'a'])];
  for (const name of [...names, 'd']) expect([name, after(name)]).toEqual([name, before(name)]);
});
