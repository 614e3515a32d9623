import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { isTimezone } from '../local-hour.ts';

/** The address of a web service. */
export const webUrl = z.url({
  protocol: /^https?$/,
  error: 'expected the address of a web service, for example https://api.openweathermap.org',
});

/** A duration, in milliseconds once it is parsed. */
export const interval = z
  .string({ error: 'expected an interval, for example 10m' })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    context.addIssue({
      code: 'custom',
      message: `expected an interval such as 30s, 10m or 1h, got ${JSON.stringify(text)}`,
    });
    return z.NEVER;
  });

export const timezone = z
  .string({ error: 'expected a time zone, for example Europe/Minsk' })
  .refine(isTimezone, { error: 'expected a time zone, for example Europe/Minsk' });

const notAShare = 'expected a percentage of the rows, for example 30%, or 100% for no limit';

/** A share of rows, as a number from 0 to 1. */
export const share = z
  .string({ error: notAShare })
  .regex(/^(\d{1,2}|100)%$/, { error: notAShare })
  .transform((text) => Number(text.slice(0, -1)) / 100);
