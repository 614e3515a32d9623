import { z } from 'zod';
import { alerts } from './config-schema/alerts.ts';
import { interval, share } from './config-schema/formats.ts';
import { keyReference, urlReference } from './config-schema/secrets.ts';
import { tables } from './config-schema/tables.ts';
import { weather } from './config-schema/weather.ts';
import type { SourceConfig } from './table-config.ts';

const sourceName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,62}$/, {
  error: 'expected a name of letters, digits, _ and -, for example shop',
});

const source = z
  .strictObject({
    url: urlReference.meta({
      description:
        'the Postgres to read: a primary or a hot standby, version 13 or newer; its role needs SELECT and nothing else',
      examples: ['$SHOP_URL', { file: '/run/secrets/shop' }, 'postgres://reader@db.example.com/shop'],
    }),
    tables: tables
      .meta({
        description: 'tables of this source only, as under `tables`',
        examples: [['orders', 'sales.*']],
      })
      .optional(),
    common_tables: z
      .boolean({ error: 'expected true, or false to read only the tables of this source' })
      .meta({ description: '`false`: only its own tables', examples: [false] })
      .optional(),
  })
  .transform(({ url, tables, common_tables }): SourceConfig => ({
    url,
    ...(tables && { tables }),
    ...(common_tables === false && { commonTables: false }),
  }))
  .meta({
    description:
      'a source; its name has letters, digits, `_` and `-`, and becomes the value of `project` in the warehouse',
    examples: [{ url: '$SHOP_URL' }],
  });

/** The schema of tidehouse.yaml, with a message for each possible error, and a description and an example of each key. */
export const configSchema = z.strictObject({
  sources: z
    .record(sourceName, source, {
      error: 'expected the sources to read, for example sources: { shop: { url: $SHOP_URL } }',
    })
    .refine((sources) => Object.keys(sources).length > 0, { error: 'at least one source is needed' })
    .meta({ description: 'the sources, by name', examples: [{ shop: { url: '$SHOP_URL' } }] }),
  warehouse: z
    .strictObject(
      {
        url: urlReference.meta({
          description: 'the Postgres to write; its role owns the database',
          examples: ['$WAREHOUSE_URL', { file: '/run/secrets/warehouse' }],
        }),
      },
      {
        error: (issue) =>
          issue.code === 'invalid_type'
            ? 'expected the warehouse, for example warehouse: { url: $WAREHOUSE_URL }'
            : undefined,
      },
    )
    .meta({ description: 'the warehouse', examples: [{ url: '$WAREHOUSE_URL' }] }),
  staging: z
    .string({ error: 'expected a folder that all workers mount, for example ./staging' })
    .min(1)
    .meta({
      description: 'a folder for files in transit, shared by all workers of the queue `tidehouse`',
      examples: ['./staging'],
    }),
  tables: tables
    .meta({
      description:
        'the tables to read from every source that has them: `all`, a list of names and patterns, or a map of them to their options',
      examples: [{ events: {}, 'sales.*': { except: ['tmp_*'] } }, ['events', 'sales.*'], 'all'],
    })
    .default({}),
  analytics: z
    .enum(['sessions'], {
      error: 'expected sessions: the analytics of user_sessions, events, pages, transactions, exchange_rates',
    })
    .meta({
      description:
        '`sessions`: the session analytics, from `user_sessions`, `events`, `pages`, `transactions` and `exchange_rates`',
      examples: ['sessions'],
    })
    .optional(),
  mask_salt: keyReference('MASK_SALT')
    .meta({
      description: 'a secret that the mask `sha256` needs: it makes the hashes unguessable',
      examples: ['$MASK_SALT', { file: '/run/secrets/mask_salt' }],
    })
    .optional(),
  max_deletes: share
    .meta({
      description:
        'the largest share of the rows of a table that one run may delete, by default 30%; 100% means no limit; tables of up to 1,000 rows have no limit',
      examples: ['10%', '100%'],
    })
    .optional(),
  new_tables: z
    .enum(['follow', 'ignore'], {
      error: 'expected follow, or ignore: only the tables that have landed and those named',
    })
    .meta({
      description: '`ignore`: once a source has landed, patterns choose no further tables of it',
      examples: ['ignore'],
    })
    .default('follow'),
  weather: weather.optional(),
  alerts,
  schedules: z
    .strictObject({
      sync: interval.meta({ description: 'between syncs', examples: ['10m'] }).prefault('10m'),
      weather: interval
        .meta({
          description: 'between observations; the schedule exists when a place is configured',
          examples: ['1h'],
        })
        .prefault('1h'),
      audit: interval
        .meta({
          description: 'between audits, which compare every row with its source; `1d` is at midnight UTC',
          examples: ['1d'],
        })
        .prefault('1d'),
      alerts: interval.meta({ description: 'between health checks', examples: ['1m'] }).prefault('1m'),
    })
    .meta({
      description: 'the intervals of the schedules; a change takes effect with `tidehouse schedules apply`',
      examples: [{ sync: '10m' }],
    })
    .prefault({}),
});
