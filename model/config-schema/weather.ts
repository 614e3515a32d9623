import { z } from 'zod';
import type { WeatherConfig } from '../weather.ts';
import { openMeteoArchiveUrl, providerUrls } from '../weather.ts';
import { timezone, webUrl } from './formats.ts';
import { keyReference } from './secrets.ts';

const coordinate = (most: number) =>
  z
    .number({ error: 'expected degrees, for example 53.893009' })
    .min(-most, { error: `expected degrees from -${most} to ${most}` })
    .max(most, { error: `expected degrees from -${most} to ${most}` });

const place = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, {
      error:
        'expected a name of lower-case letters, digits, _ and - (it is part of file names), for example minsk',
    })
    .meta({
      description: 'part of file names: lower-case letters, digits, `_` and `-`',
      examples: ['minsk'],
    }),
  latitude: coordinate(90).meta({ description: 'degrees from -90 to 90', examples: [53.893009] }),
  longitude: coordinate(180).meta({ description: 'degrees from -180 to 180', examples: [27.567444] }),
  timezone: timezone.meta({ description: "decides the day in a file's name", examples: ['Europe/Minsk'] }),
});

export const weather = z
  .strictObject({
    provider: z
      .enum(['openweather', 'open-meteo'], {
        error: 'expected openweather, or open-meteo, which needs no key',
      })
      .meta({ description: '`openweather`, or `open-meteo`, which needs no key', examples: ['open-meteo'] }),
    url: webUrl
      .meta({
        description: "another address than the provider's own",
        examples: ['https://api.openweathermap.org'],
      })
      .optional(),
    api_key: keyReference('OPENWEATHER_API_KEY')
      .meta({
        description: 'a secret; required for `openweather`, an error for `open-meteo`',
        examples: ['$OPENWEATHER_API_KEY', { file: '/run/secrets/openweather' }],
      })
      .optional(),
    places: z
      .array(place, {
        error:
          'expected places, for example [{ name: minsk, latitude: 53.893009, longitude: 27.567444, timezone: Europe/Minsk }]',
      })
      .superRefine((places, context) => {
        places.forEach(({ name }, at) => {
          if (places.findIndex((other) => other.name === name) < at)
            context.addIssue({
              code: 'custom',
              path: [at, 'name'],
              message: `the place "${name}" is already configured above`,
            });
        });
      })
      .meta({
        description: 'the places to observe',
        examples: [[{ name: 'minsk', latitude: 53.893009, longitude: 27.567444, timezone: 'Europe/Minsk' }]],
      }),
    folder: z
      .string({ error: 'expected a folder that all workers mount, for example ./weather' })
      .min(1)
      .meta({
        description: 'the folder of the files, shared by all workers of the queue `files`',
        examples: ['./weather'],
      }),
    history: z
      .union(
        [
          z.literal('off'),
          z.strictObject({
            url: webUrl
              .meta({
                description: "another address than Open-Meteo's for the last days",
                examples: ['https://api.open-meteo.com'],
              })
              .optional(),
            archive_url: webUrl
              .meta({
                description: 'another address for older days; `url` when only that is given',
                examples: ['https://archive-api.open-meteo.com'],
              })
              .optional(),
          }),
        ],
        { error: "expected off, or Open-Meteo's address, for example { url: https://api.open-meteo.com }" },
      )
      .meta({
        description: 'where missed hours come from: Open-Meteo; `off` does not fill them',
        examples: ['off', { url: 'https://api.open-meteo.com' }],
      })
      .default({}),
  })
  .superRefine(({ provider, api_key }, context) => {
    if (provider === 'openweather' && api_key === undefined)
      context.addIssue({
        code: 'custom',
        message: 'openweather needs an api_key, for example api_key: $OPENWEATHER_API_KEY',
      });
    if (provider === 'open-meteo' && api_key !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['api_key'],
        message: 'open-meteo does not take a key; remove it',
      });
  })
  .transform(({ provider, url, api_key, places, folder, history }): WeatherConfig => ({
    provider,
    url: url ?? providerUrls[provider],
    ...(api_key && { apiKey: api_key }),
    places,
    folder,
    ...(history !== 'off' && {
      history: {
        url: history.url ?? providerUrls['open-meteo'],
        archiveUrl: history.archive_url ?? history.url ?? openMeteoArchiveUrl,
      },
    }),
  }))
  .meta({
    description: 'the weather of places; without it, none is observed',
    examples: [
      {
        provider: 'open-meteo',
        places: [{ name: 'minsk', latitude: 53.893009, longitude: 27.567444, timezone: 'Europe/Minsk' }],
        folder: './weather',
      },
    ],
  });
