import fc from 'fast-check';
import {
  daysBetween,
  endOfDay,
  hourMs,
  hoursOfDay,
  isDay,
  isTimezone,
  localDay,
  localHour,
  startOfDay,
} from '../../model/local-hour.ts';

const warsaw = 'Europe/Warsaw';
const minsk = 'Europe/Minsk';
const kolkata = 'Asia/Kolkata';

const at = (text: string) => Date.parse(text);
const iso = (instant: number) => new Date(instant).toISOString().replace(':00.000Z', 'Z');

describe('a day', () => {
  test.each([
    [warsaw, '2026-03-28', 24, '2026-03-27T23:00Z', '2026-03-28T23:00Z'],
    [warsaw, '2026-03-29', 23, '2026-03-28T23:00Z', '2026-03-29T22:00Z'],
    [warsaw, '2026-10-25', 25, '2026-10-24T22:00Z', '2026-10-25T23:00Z'],
    [warsaw, '2026-10-26', 24, '2026-10-25T23:00Z', '2026-10-26T23:00Z'],
    [minsk, '2026-03-29', 24, '2026-03-28T21:00Z', '2026-03-29T21:00Z'],
    [minsk, '2026-10-25', 24, '2026-10-24T21:00Z', '2026-10-25T21:00Z'],
    [kolkata, '2026-06-01', 24, '2026-05-31T18:30Z', '2026-06-01T18:30Z'],
    ['Asia/Kathmandu', '2026-06-01', 24, '2026-05-31T18:15Z', '2026-06-01T18:15Z'],
    // Daylight saving time is half an hour there.
    ['Australia/Lord_Howe', '2026-07-01', 24, '2026-06-30T13:30Z', '2026-07-01T13:30Z'],
    ['Pacific/Kiritimati', '2026-06-01', 24, '2026-05-31T10:00Z', '2026-06-01T10:00Z'],
    ['Pacific/Pago_Pago', '2026-06-01', 24, '2026-06-01T11:00Z', '2026-06-02T11:00Z'],
  ])('of %s, %s, has %d hours, from %s to %s', (timezone, day, hours, from, to) => {
    expect(hoursOfDay(timezone, day)).toHaveLength(hours);
    expect([iso(startOfDay(timezone, day)), iso(endOfDay(timezone, day))]).toEqual([from, to]);
  });

  test.each([
    [minsk, '2026-11-24T20:59:59.999Z', '2026-11-24'],
    [minsk, '2026-11-24T21:00:00Z', '2026-11-25'],
    [warsaw, '2026-10-24T21:59:59.999Z', '2026-10-24'],
    [warsaw, '2026-10-24T22:00:00Z', '2026-10-25'],
    [warsaw, '2026-10-25T22:59:59.999Z', '2026-10-25'],
    [warsaw, '2026-10-25T23:00:00Z', '2026-10-26'],
    [kolkata, '2026-06-01T18:29:59Z', '2026-06-01'],
    [kolkata, '2026-06-01T18:30:00Z', '2026-06-02'],
  ])('of %s contains %s: %s', (timezone, instant, day) => {
    expect(localDay(timezone, at(instant))).toBe(day);
  });

  test('is valid if it is written as year-month-day and exists', () => {
    expect(['2026-11-24', '2024-02-29'].map(isDay)).toEqual([true, true]);
    expect(
      ['2026-02-29', '2026-02-31', '2026-13-01', '2026-1-1', '26-11-24', '2026-11-24T00', ''].filter(isDay),
    ).toEqual([]);
  });

  test('follows the previous day, even when clocks change', () => {
    expect(daysBetween(warsaw, at('2026-10-24T21:59Z'), at('2026-10-26T23:00Z'))).toEqual([
      '2026-10-24',
      '2026-10-25',
      '2026-10-26',
      '2026-10-27',
    ]);
    expect(daysBetween(minsk, at('2026-11-24T20:00Z'), at('2026-11-24T20:00Z'))).toEqual(['2026-11-24']);
  });
});

describe('an hour', () => {
  test('begins when the clock at the place shows a full hour', () => {
    expect(iso(localHour(minsk, at('2026-11-24T13:46:03.123Z')))).toBe('2026-11-24T13:00Z');
    expect(iso(localHour(minsk, at('2026-11-24T13:00:00Z')))).toBe('2026-11-24T13:00Z');
    expect(iso(localHour(kolkata, at('2026-11-24T13:29:59Z')))).toBe('2026-11-24T12:30Z');
    expect(iso(localHour(kolkata, at('2026-11-24T13:30:00Z')))).toBe('2026-11-24T13:30Z');
    expect(iso(localHour(minsk, at('1969-12-31T23:59:59Z')))).toBe('1969-12-31T23:00Z');
  });

  test('that occurs twice when clocks are set back counts as two', () => {
    const [first, second] = ['2026-10-25T00:30Z', '2026-10-25T01:30Z'].map((text) =>
      localHour(warsaw, at(text)),
    );
    expect([iso(first!), iso(second!)]).toEqual(['2026-10-25T00:00Z', '2026-10-25T01:00Z']);
  });
});

const zones = [
  warsaw,
  minsk,
  kolkata,
  'America/New_York',
  'America/St_Johns',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'UTC',
];

describe('in any zone', () => {
  const instants = { min: at('2000-01-01T00:00Z'), max: at('2037-12-31T00:00Z') };

  test('each whole UTC hour is in exactly one day', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(instants), (timezone, instant) => {
        const hour = instant - (instant % hourMs);
        const day = localDay(timezone, hour);
        const [before, , after] = daysBetween(timezone, hour - 24 * hourMs, hour + 26 * hourMs);
        const around = [...new Set([before!, day, after!])].sort();
        const hours = around.flatMap((each) => hoursOfDay(timezone, each));
        expect(hours.filter((each) => each === hour)).toEqual([hour]);
        expect(hoursOfDay(timezone, day)).toContain(hour);
      }),
      { numRuns: 300 },
    );
  });

  test('an instant is within its local hour and its local day', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(instants), (timezone, instant) => {
        const hour = localHour(timezone, instant);
        expect(instant - hour).toBeGreaterThanOrEqual(0);
        expect(instant - hour).toBeLessThan(hourMs);
        expect(localHour(timezone, hour)).toBe(hour);
        const day = localDay(timezone, instant);
        expect(startOfDay(timezone, day)).toBeLessThanOrEqual(instant);
        expect(endOfDay(timezone, day)).toBeGreaterThan(instant);
      }),
      { numRuns: 300 },
    );
  });

  test('the hours of a day are all different hours of the place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer(instants), (timezone, instant) => {
        const hours = hoursOfDay(timezone, localDay(timezone, instant));
        expect(new Set(hours.map((hour) => localHour(timezone, hour))).size).toBe(hours.length);
      }),
      { numRuns: 100 },
    );
  });
});

test('a time zone is valid if the system knows it', () => {
  expect([warsaw, 'UTC', 'Etc/GMT+3'].map(isTimezone)).toEqual([true, true, true]);
  expect(['Europe/Nowhere', '', 'Minsk'].filter(isTimezone)).toEqual([]);
});
