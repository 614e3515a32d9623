import { declarations } from '../../../page/draw/palette.ts';

type Triple = readonly [number, number, number];

const colours = (scheme: 'light' | 'dark') =>
  [...declarations(scheme).matchAll(/--(\w+)-\d+:#(\w\w)(\w\w)(\w\w)/g)].map(([text, kind, ...channels]) => ({
    text,
    kind,
    light: channels.map((channel) => {
      const value = parseInt(channel, 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    }) as unknown as Triple,
  }));

const times = (rows: readonly Triple[], [r, g, b]: Triple) =>
  rows.map(([x, y, z]) => x * r + y * g + z * b) as unknown as Triple;

/** How far apart two colours are for the eye: their distance in Oklab. */
function distance(a: Triple, b: Triple): number {
  const [first, second] = [a, b].map((light) => {
    const cones = times(
      [
        [0.4122, 0.5363, 0.0514],
        [0.2119, 0.6807, 0.1074],
        [0.0883, 0.2817, 0.63],
      ],
      light,
    ).map(Math.cbrt) as unknown as Triple;
    return times(
      [
        [0.2105, 0.7936, -0.0041],
        [1.978, -2.4286, 0.4506],
        [0.0259, 0.7828, -0.8087],
      ],
      cones,
    );
  });
  return Math.hypot(...first!.map((value, at) => value - second![at]!));
}

/** What readers see: all of them, and those without one kind of cones (Machado et al., 2009). */
const eyes: Readonly<Record<string, (light: Triple) => Triple>> = {
  all: (light) => light,
  'no red': (light) =>
    seen(light, [
      [0.1523, 1.0526, -0.2049],
      [0.1145, 0.7863, 0.0992],
      [-0.0039, -0.0481, 1.052],
    ]),
  'no green': (light) =>
    seen(light, [
      [0.3673, 0.8606, -0.228],
      [0.2801, 0.6725, 0.0474],
      [-0.0118, 0.0429, 0.9689],
    ]),
  'no blue': (light) =>
    seen(light, [
      [1.2555, -0.0767, -0.1788],
      [-0.0784, 0.9308, 0.1476],
      [0.0047, 0.6914, 0.3039],
    ]),
};

function seen(light: Triple, rows: readonly Triple[]): Triple {
  return times(rows, light).map((value) => Math.min(1, Math.max(0, value))) as unknown as Triple;
}

const luminance = ([r, g, b]: Triple) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

describe.each(['light', 'dark'] as const)('%s', (scheme) => {
  const all = colours(scheme);
  const pairs = all.flatMap((a, at) => all.slice(at + 1).map((b) => [a, b] as const));

  test('each colour stands out against the card', () => {
    const card = scheme === 'light' ? 1 : luminance([0.0091, 0.0123, 0.0176]);
    expect(all.length).toBeGreaterThan(20);
    for (const { text, light } of all) {
      const [low, high] = [luminance(light), card].sort((a, b) => a - b);
      expect([text, (high! + 0.05) / (low! + 0.05) >= 3]).toEqual([text, true]);
    }
  });

  test('no two kinds have a colour in common', () => {
    for (const [a, b] of pairs.filter(([a, b]) => a.kind !== b.kind))
      expect([a.text, b.text, distance(a.light, b.light) > 0.05]).toEqual([a.text, b.text, true]);
  });

  test.each(Object.keys(eyes))('two colours of one kind differ for readers with %s cones', (eye) => {
    for (const [a, b] of pairs.filter(([a, b]) => a.kind === b.kind))
      expect([a.text, b.text, distance(eyes[eye]!(a.light), eyes[eye]!(b.light)) > 0.045]).toEqual([
        a.text,
        b.text,
        true,
      ]);
  });
});
