import type { ProblemKind } from '../../model/incident.ts';
import { problemSentence } from '../../model/incident-words-en.ts';
import type { Incident, PageData, Part, SourceRun, WeatherHour } from '../../page/page-data.ts';

/** Friday 2026-11-27, 09:10 UTC. */
export const pageTime = Date.parse('2026-11-27T09:10:00Z');

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const runId = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;

/** A page of four sources: one fails, one is late, one holds a table back. Names that bite where `name` is given. */
export function pageData(name = 'shop'): PageData {
  const sources = ['project_a', 'project_b', 'crm', name];
  const at = pageTime;
  const tables = ['events', 'transactions', 'user_sessions', `${name}.orders`];
  const slots = Array.from(
    { length: 40 },
    (_, n) => Math.floor(at / (10 * minute)) * 10 * minute - n * 10 * minute,
  );
  const runs = slots.flatMap((slot, n) =>
    sources.map((source, s): SourceRun => {
      const failing = s === 1 && n < 5;
      const state = failing ? 'failed' : n === 0 ? 'running' : s === 3 && n < 9 ? 'held back' : 'landed';
      const took = 1_500 + ((n * 37 + s * 61) % 90) * 100;
      return {
        source,
        workflowId: `sync-source/${source}`,
        runId: runId(n * 10 + s),
        state,
        startedAt: slot,
        closedAt: state === 'running' ? null : slot + took,
        ...(state !== 'failed' && {
          extracted: 400 + ((n * 53 + s * 17) % 300),
          tables: tables.map((table, t) => [
            table,
            30 + ((n * 7 + t * 11) % 40),
            12 + t,
            n % 9 === 0 ? 4 : 0,
          ]),
        }),
      };
    }),
  );
  // Somebody has started one more.
  const [crm] = runs.filter(({ source, state }) => source === 'crm' && state === 'landed').slice(9);
  runs.splice(runs.indexOf(crm!), 0, {
    ...crm!,
    runId: runId(999),
    startedAt: crm!.startedAt + 3 * minute,
    closedAt: crm!.closedAt! + 3 * minute,
  });
  const incident = (
    problem: ProblemKind & { readonly subject: string },
    from: number,
    more: Partial<Incident>,
  ): Incident => ({
    subject: problem.subject,
    workflowId: `incident/${problem.subject}`,
    runId: runId(from),
    problem: problemSentence(problem),
    since: at - from,
    resolvedAt: null,
    notified: null,
    mutedUntil: null,
    ...more,
  });
  const chats = { chats: ['-1001234567890'], at: at - 50 * minute };
  return {
    at,
    webUi: 'http://127.0.0.1:8233',
    namespace: 'default',
    everyMs: 10 * minute,
    lateAfterMs: 30 * minute,
    schedules: {
      sync: { createdAt: at - 40 * day, paused: null },
      alerts: { createdAt: at - 40 * day, paused: null },
    },
    sources: {
      value: sources.map((source, s) => {
        const through = [at - 4 * minute, at - 52 * minute, at - 41 * minute, at - 4 * minute][s]!;
        return {
          source,
          completeThrough: through,
          currentThrough: through,
          landedAt: s === 1 ? at - 52 * minute : at - 4 * minute,
          error:
            s === 1
              ? 'source "project_b": connection refused by 10.0.0.5:5432; check that Postgres runs there.'
              : null,
          failingSince: s === 1 ? at - 50 * minute : null,
          tables: 4,
          rows: 482_050 + s * 1_000_003,
          differences: [],
        };
      }),
    },
    heldBack: {
      value: [
        {
          source: name,
          table: `${name}.orders`,
          since: at - 88 * minute,
          problem: 'column "total" is numeric at the source and text in the warehouse.',
          advice: 'Run in the warehouse:',
          sql: 'alter table clean.orders alter column "total" type numeric using "total"::numeric',
        },
      ],
    },
    lag: {
      value: Object.fromEntries(
        sources.map((source, s) => [
          source,
          Array.from({ length: 150 }, (_, n): [number, number] => [
            at - (150 - n) * hour + s * 7 * minute,
            (10 + ((n * (s + 3)) % 5)) * 60 + (s === 2 && n === 90 ? 5 * 3_600 : 0),
          ]),
        ]),
      ),
    },
    landings: {
      value: Array.from({ length: 36 }, (_, n) => Math.floor(at / hour) * hour - (35 - n) * hour).flatMap(
        (when, n) =>
          tables.map((table, t) => ({
            hour: when,
            table,
            inserted: Math.round(900 * (1 + Math.sin(n / 5 + t))) + 40,
            updated: 160 + ((n * 31 + t) % 90),
            deleted: n % 7 === t ? 210 : 0,
            batches: 6,
          })),
      ),
    },
    lastNight: {
      value: sources.map((source, s) => ({
        source,
        inserted: 20_000 - s * 4_990,
        updated: 5_000 - s * 1_642,
        deleted: s === 0 ? 1_680 : 0,
      })),
    },
    days: {
      value: Array.from({ length: 30 }, (_, n) => Math.floor(at / day) * day - (29 - n) * day).flatMap(
        (when, n) =>
          tables.map((table, t) => ({
            day: when,
            table,
            inserted: 20_000 + t * 4_000 + ((n * 997) % 5_000),
            updated: 900,
            deleted: 120,
          })),
      ),
    },
    sizes: {
      value: tables.map((table, t) => ({ table, rows: 2_400_000 - t * 420_000, bytes: 1.9e9 / (t + 1) })),
    },
    schemaChanges: {
      value: [
        {
          source: 'crm',
          at: at - 3 * hour,
          table: 'contacts',
          column: 'phone',
          change: 'arrived',
          before: null,
          after: 'text',
          tables: null,
        },
        {
          source: name,
          at: at - day,
          table: 'events',
          column: 'label',
          change: 'renamed',
          before: name,
          after: 'label',
          tables: null,
        },
        {
          source: 'crm',
          at: at - 2 * day,
          table: 'deals',
          column: 'sum',
          change: 'retyped',
          before: 'bigint',
          after: 'numeric',
          tables: null,
        },
        {
          source: 'crm',
          at: at - 3 * day,
          table: 'deals',
          column: 'old',
          change: 'left',
          before: 'text',
          after: null,
          tables: null,
        },
        {
          source: 'crm',
          at: at - 9 * day,
          table: null,
          column: null,
          change: 'arrived',
          before: null,
          after: null,
          tables: 12,
        },
      ],
    },
    sessions: {
      value: Array.from({ length: 30 }, (_, n) => Math.floor(at / day) * day - (29 - n) * day).flatMap(
        (when, n) =>
          ['project_a', 'project_b', name].map((project, p) => {
            const sessions = 300 + Math.round(120 * Math.sin(n / 2 + p)) + p * 80;
            return {
              day: when,
              project,
              sessions,
              events: sessions * 9,
              usd: sessions * 4.7 + p * 100,
              buying: Math.round(sessions * (0.08 + p / 50)),
              unpriced: n % 6 === 0 ? 3 : 0,
            };
          }),
      ),
    },
    runs: { value: runs },
    activities: {
      value: sources.map((source, s) => ({
        run:
          runs.find((run) => run.source === source && run.state !== 'failed' && run.state !== 'running') ??
          runs[0]!,
        seconds: [
          ['extract', 2.1 + s],
          ['loadRaw', 0.4 + s / 5],
          ['upsert', 1.1 + s / 3],
          ['refreshViews', 0.6],
        ],
      })),
    },
    mutes: [{ subject: `source/${name}`, until: at + 2 * hour }],
    incidents: {
      value: [
        incident({ subject: 'source/project_b', kind: 'failed' }, 50 * minute, { notified: chats }),
        incident({ subject: `table/${name}/${name}.orders`, kind: 'held back' }, 88 * minute, {
          notified: chats,
          mutedUntil: at + 3 * hour,
        }),
        incident({ subject: 'place/minsk', kind: 'failed' }, 30 * hour, {
          resolvedAt: at - 27 * hour,
          notified: { ...chats, at: at - 30 * hour },
        }),
        incident({ subject: 'source/crm', kind: 'failed' }, 4 * day, {
          resolvedAt: at - 4 * day + 5 * hour,
        }),
      ],
    },
    weather: {
      value: [
        {
          place: 'minsk',
          timezone: 'Europe/Minsk',
          provider: 'openweather',
          days: Array.from({ length: 7 }, (_, n) => {
            const of = n === 0 ? 13 : 24;
            // The third day lacks two hours.
            const missing = n === 3 ? [at - 3 * day, at - 3 * day + hour] : [];
            return {
              day: new Date(at - n * day).toISOString().slice(0, 10),
              of,
              present: of - missing.length,
              filled: n === 1 ? 5 : 0,
              missing,
            };
          }),
          hours: Array.from({ length: 157 }, (_, n): WeatherHour => {
            const back = 156 - n;
            const gone = back === 72 || back === 71;
            const temp = -2 + 5 * Math.sin((n - 8) / 3.82) + n / 60;
            return {
              at: at - back * hour,
              filled: back > 24 && back < 30,
              temp: gone ? null : temp,
              min: gone ? null : temp - 1.4,
              max: gone ? null : temp + 1.1,
              speed: gone ? null : 4 + 2.5 * Math.sin(n / 9),
              degrees: gone ? null : (n * 7) % 360,
            };
          }),
        },
      ],
    },
  };
}

/** The page of `pageData` with so many sources: every tenth of them fails, is late, or holds a table back. */
export function manySources(count: number): PageData {
  const page = pageData();
  const names = Array.from({ length: count }, (_, n) => `customer_database_${String(n).padStart(3, '0')}`);
  const [current, failing, late] = valueOf(page.sources);
  const runs = valueOf(page.runs).filter(({ source }) => source === 'project_a');
  return {
    ...page,
    sources: {
      value: names.map((source, n) => ({
        ...(n % 30 === 10 ? failing! : n % 30 === 20 ? late! : current!),
        source,
      })),
    },
    lag: {
      value: Object.fromEntries(names.map((source) => [source, valueOf(page.lag)['project_a']!])),
    },
    runs: {
      value: names.flatMap((source, n) =>
        runs.map((run): SourceRun => ({
          ...run,
          source,
          workflowId: `sync-source/${source}`,
          ...(n % 30 === 10 && { state: 'failed' }),
        })),
      ),
    },
    sessions: {
      value: valueOf(page.sessions).flatMap((each, n) => ({
        ...each,
        project: names[(n * 7) % count]!,
      })),
    },
  };
}

function valueOf<T>(part: Part<T>): T {
  if ('missing' in part) throw new Error(part.missing);
  return part.value;
}

/** A page without any part that can be read. */
export function missingPage(sentence: string): PageData {
  const { at, namespace, everyMs, lateAfterMs, webUi, ...parts } = pageData();
  const names = Object.keys(parts).filter((part) => part !== 'mutes');
  const missing = Object.fromEntries(names.map((part) => [part, { missing: sentence }]));
  return { at, namespace, everyMs, lateAfterMs, webUi, ...missing } as unknown as PageData;
}

/** A page on which all is good and nothing has happened yet. */
export function emptyPage(): PageData {
  const { sources, weather, ...page } = pageData();
  const none = { value: [] };
  return {
    ...page,
    sources: {
      value:
        'value' in sources
          ? sources.value.map((source) => ({
              ...source,
              completeThrough: pageTime,
              currentThrough: pageTime,
              landedAt: pageTime,
              error: null,
              failingSince: null,
              rows: 0,
            }))
          : [],
    },
    heldBack: none,
    lag: { value: {} },
    landings: none,
    lastNight: none,
    days: none,
    sizes: none,
    schemaChanges: none,
    sessions: none,
    runs: none,
    activities: none,
    incidents: none,
    mutes: [],
    weather:
      'value' in weather
        ? {
            value: weather.value.map((place) => ({
              ...place,
              hours: place.hours.map((each) => ({
                ...each,
                temp: null,
                min: null,
                max: null,
                speed: null,
                degrees: null,
              })),
            })),
          }
        : weather,
  };
}
