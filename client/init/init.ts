import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import type { Client } from 'pg';
import { withConnection } from '../../activities/postgres/connection.ts';
import { defaultTimeouts } from '../../activities/postgres/timeouts.ts';
import { survey } from '../../activities/sync/source/survey.ts';
import { parseRules } from '../../model/choose-tables.ts';
import { formatCount } from '../../model/number.ts';
import { envName } from '../../model/secret.ts';
import { qualifiedLabel } from '../../model/table-pattern.ts';
import { variableFor } from '../../model/written-passwords.ts';
import { downloadedTemporal } from '../../local/temporal/binary.ts';
import { shellWord } from '../../model/shell-word.ts';
import { databaseOf, separateWarehouse } from '../connect/warehouse-in-source.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import type { Printer } from '../terminal/printer.ts';
import type { SeenSource } from './config-text.ts';
import { configText } from './config-text.ts';

/** Writes a tidehouse.yaml for the databases at `urls` into the current folder, and prints what to run next. */
export async function init(printer: Printer, urls: readonly string[]): Promise<void> {
  const file = resolve('tidehouse.yaml');
  if (existsSync(file)) throw overwriting(file);
  const sources: SeenSource[] = [];
  const warehouse = await warehouseDatabase();
  for (const given of urls) sources.push(await look(given, sources, warehouse));
  await writeFile(file, configText(sources), { flag: 'wx' }).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? overwriting(file) : error;
  });
  printer.result({ file, sources }, describe(file, sources));
}

function overwriting(file: string): CommandFailure {
  return new CommandFailure(
    exitCodes.failed,
    `${file} exists already, and is not overwritten. Run the command in another folder, or move the file away.`,
  );
}

/** The database of WAREHOUSE_URL, which must not be read; undefined when it is not set or cannot be reached yet. */
async function warehouseDatabase(): Promise<string | undefined> {
  const url = process.env['WAREHOUSE_URL'];
  if (!url) return undefined;
  const timeouts = { ...defaultTimeouts, connectMs: 5_000 };
  return withConnection({ subject: { warehouse: true }, url }, timeouts, undefined, databaseOf).catch(
    () => undefined,
  );
}

/** What the config is to say of the database at `given`, a URL or `$NAME`; `before` has names that are taken. */
async function look(
  given: string,
  before: readonly SeenSource[],
  warehouse: string | undefined,
): Promise<SeenSource> {
  const variable = envName(given);
  const url = variable === undefined ? given : process.env[variable];
  if (!url || !/^postgres(ql)?:\/\//.test(url))
    throw new CommandFailure(
      exitCodes.invalid,
      variable === undefined
        ? 'An argument is not the URL of a Postgres, for example postgres://reader@db.example.com/shop, or a variable, for example $SHOP_URL.'
        : `The environment variable ${variable} is not ${url ? 'the URL of a Postgres' : 'set'}. It is to be a URL such as postgres://reader@db.example.com/shop.`,
    );
  const endpoint = { subject: { source: variable ?? `number ${before.length + 1}` }, url };
  return withConnection(endpoint, defaultTimeouts, undefined, async (client) => {
    const { rows } = await client.query<Record<'database' | 'server', string>>(
      `select current_database() as database,
              format('Postgres %s, as %s', current_setting('server_version'), current_user) as server`,
    );
    const { database, server } = rows[0]!;
    if (warehouse !== undefined && warehouse === (await databaseOf(client)))
      throw new CommandFailure(
        exitCodes.invalid,
        `WAREHOUSE_URL is the database of ${variable ?? `argument ${before.length + 1}`}, which is to be read. ${separateWarehouse}`,
      );
    const name = freeName(database, before);
    return {
      name,
      variable: variable ?? variableFor(name),
      server,
      ...(await seeTables(client, name)),
    };
  });
}

/** The database's name as far as a source may have it. */
function freeName(database: string, before: readonly SeenSource[]): string {
  const plain = database.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 50);
  const base = /^[A-Za-z]/.test(plain) ? plain : `db_${plain}`;
  const taken = new Set(before.map(({ name }) => name));
  let name = base;
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`;
  return name;
}

async function seeTables(
  client: Client,
  source: string,
): Promise<Pick<SeenSource, 'tableCount' | 'leftOut' | 'views'>> {
  const rules = parseRules({ all: {} });
  const found = await survey(client, { source, rules, hasLanded: () => false, ignores: () => false });
  const { rows } = await client.query<Record<'schema' | 'name', string>>(
    `select n.nspname as schema, c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('v', 'm', 'f') and not c.relispartition
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by 1, 2`,
  );
  return {
    tableCount: found.tables.size,
    leftOut: found.heldBack.map(({ table, ...why }) => ({
      ...why,
      pattern: qualifiedLabel(found.relations.get(table)!),
    })),
    views: rows.map(qualifiedLabel),
  };
}

function describe(file: string, sources: readonly SeenSource[]): string {
  const variables = [...sources.map(({ variable }) => variable), 'WAREHOUSE_URL'];
  const missing = variables.filter((name) => process.env[name] === undefined);
  return [
    `Wrote ${file}:`,
    ...sources.map(
      ({ name, server, tableCount, leftOut }) =>
        `  ${name}: ${server}; ${formatCount(tableCount, 'table')}${leftOut.length > 0 ? `, and ${leftOut.length} left out, see the file` : ''}`,
    ),
    '',
    missing.length > 0 ? 'Next, with the URLs in place of …:' : 'Next:',
    ...missing.map((variable) => `export ${variable}=…`),
    `${temporalProgram()} server start-dev --db-filename temporal.db # unless TEMPORAL_ADDRESS is that of a Temporal server; and in another terminal:`,
    'tidehouse doctor --config tidehouse.yaml',
    'tidehouse migrate --config tidehouse.yaml',
    'tidehouse worker --config tidehouse.yaml # and in another terminal:',
    'tidehouse sync --config tidehouse.yaml',
    'tidehouse schedules apply --config tidehouse.yaml # from then on it runs by itself',
  ].join('\n');
}

/** The `temporal` CLI that `up` has downloaded; otherwise that of the PATH. */
function temporalProgram(): string {
  return existsSync(downloadedTemporal) ? shellWord(relative('', downloadedTemporal)) : 'temporal';
}
