import { z } from 'zod';
import { share } from './formats.ts';
import type { TableConfig, Tables } from '../table-config.ts';
import { fitsIdentifier, parsePattern } from '../table-pattern.ts';

const tableExample = 'for example events, sales.orders, "sales.*" or all';

/** A table, or a pattern: see parsePattern. */
const tableKey = z.string().refine((text) => parsePattern(text) !== undefined, {
  error: `expected a table as in Postgres, each of its names of at most 63 bytes, ${tableExample}`,
});

const columnName = z.string().refine(fitsIdentifier, {
  error: 'expected the name of a column, of at most 63 bytes',
});

const columnNames = (example: string) =>
  z.array(columnName, { error: `expected names of columns, for example ${example}` }).min(1);

const maskExample = 'for example { email: sha256, phone: { last: 4 }, note: null }';

const mask = z
  .union(
    [
      z.literal('sha256'),
      z.null(),
      z.strictObject({
        last: z
          .number()
          .int()
          .min(1)
          .meta({ description: 'so many characters are kept', examples: [4] }),
      }),
    ],
    { error: `expected sha256, null, or how many characters to keep, ${maskExample}` },
  )
  .meta({
    description:
      '`sha256`, `null`, or how many characters are kept; the source replaces the value, so it never reaches the staging folder',
    examples: ['sha256', null, { last: 4 }],
  });

const tableOptions = z
  .strictObject({
    from: z
      .string()
      .meta({ description: 'read from this source only; its rows apply to all', examples: ['shop'] })
      .optional(),
    as: z
      .string({
        error: 'expected a name in the warehouse, for example orders, or {source}_{schema}_{table}',
      })
      .min(1)
      .meta({
        description:
          'the name in the warehouse, or a form; without it `orders` for `public.orders` and `sales_orders` for `sales.orders`',
        examples: ['employees', '{source}_{schema}_{table}'],
      })
      .optional(),
    except: z
      .array(tableKey, { error: 'expected the tables to leave out, for example [tmp_*]' })
      .meta({
        description: 'what a pattern leaves out: names and patterns, in any schema unless they name one',
        examples: [['tmp_*', 'sales.log']],
      })
      .optional(),
    key: columnNames('[user_id, id]')
      .meta({
        description:
          'the columns to use instead of the primary key: unique and without nulls; each run checks this where the source does not enforce it',
        examples: [['user_id', 'id']],
      })
      .optional(),
    strategy: z
      .literal('copy', { error: 'expected copy, or nothing' })
      .meta({
        description: '`copy`: read the table whole whenever it can have changed, whatever its size',
        examples: ['copy'],
      })
      .optional(),
    columns: z
      .union(
        [
          z.strictObject({
            only: columnNames('[id, name]').meta({
              description: 'the columns to read; no other leaves the source, even if it is added later',
              examples: [['id', 'name']],
            }),
          }),
          z.strictObject({
            except: columnNames('[passport]').meta({
              description:
                'the columns to leave out; they never leave the source, even if they are added later',
              examples: [['passport']],
            }),
          }),
        ],
        { error: 'expected the columns to read or to leave out, for example { except: [passport] }' },
      )
      .meta({ description: 'the columns to read, or to leave out', examples: [{ except: ['passport'] }] })
      .optional(),
    mask: z
      .record(columnName, mask, { error: `expected columns and their masks, ${maskExample}` })
      .meta({
        description: 'what is left of the values of columns',
        examples: [{ email: 'sha256', phone: { last: 4 }, note: null }],
      })
      .optional(),
    deletes: z
      .enum(['mirror', 'mark', 'keep'], {
        error: 'expected mirror, mark or keep: what becomes of deleted rows',
      })
      .meta({
        description:
          'what becomes of a row that the source deletes: `mirror` deletes it; `mark` sets `deleted_at` to the time of the snapshot, and to null when the key comes back; `keep` leaves it as it is',
        default: 'mirror',
        examples: ['mark', 'keep'],
      })
      .optional(),
    max_deletes: share
      .meta({
        description: 'the largest share of the rows of such a table that one run may delete',
        examples: ['100%'],
      })
      .optional(),
  })
  .nullable()
  .transform((options): TableConfig => {
    const { max_deletes, ...others } = options ?? {};
    return { ...(others as TableConfig), ...(max_deletes !== undefined && { maxDeletes: max_deletes }) };
  })
  .meta({
    description:
      'a table, or all tables of a pattern: `events`, `sales.orders`, `"sales.*"`, `all`; in double quotes as in SQL, a dot or a star is part of a name: `\'sales."a.b"\'`',
    examples: [{}, { as: 'employees', columns: { except: ['passport'] } }],
  });

/** `all`, a list of names and patterns, or a map of them to their options. */
export const tables = z.union(
  [
    z.literal('all').transform((): Tables => ({ all: {} })),
    z.array(tableKey).transform((names): Tables => Object.fromEntries(names.map((name) => [name, {}]))),
    z.record(tableKey, tableOptions),
  ],
  { error: 'expected the tables to sync, for example tables: { events: {} }' },
);
