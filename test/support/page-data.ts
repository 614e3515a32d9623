import type { ProblemKind } from '../../model/incident.ts';
import { nextActionOf } from '../../model/failure-lines.ts';
import { english, problemSentence } from '../../model/incident-words-en.ts';
import type {
  Incident,
  PageData,
  Part,
  PlaceWeather,
  SessionDay,
  SourceRun,
  WeatherHour,
} from '../../page/page-data.ts';

/** Friday 2026-11-27, 09:10 UTC, when the runs of that time have just begun. */
export const pageTime = Date.parse('2026-11-27T09:10:05Z');

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const runId = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
const today = (time: string) => Date.parse(`2026-11-27T${time}Z`);

/** What is the matter in the example: project_b fails, crm is late and failed on Tuesday, a table of a fourth is held back. */
const failingFrom = today('08:20:00');
const completeOfLate = today('08:29:00');
const heldBackFrom = today('07:40:00');
const outage = { from: Date.parse('2026-11-24T16:30:00Z'), to: Date.parse('2026-11-24T21:30:00Z') };

type Change = readonly [table: string, inserted: number, updated: number, deleted: number];
type Landing = { readonly source: string; readonly at: number; readonly changes: readonly Change[] };

/** The tables of each source, with the rows that one interval of ten minutes brings. */
function tablesOf(
  name: string,
): Readonly<Record<string, readonly (readonly [table: string, rows: number])[]>> {
  const analytics = [
    ['events', 160],
    ['user_sessions', 30],
    ['transactions', 4],
  ] as const;
  return {
    project_a: analytics,
    project_b: analytics,
    crm: [
      ['contacts', 20],
      ['deals', 9],
    ],
    [name]: [...analytics, [`${name}_orders`, 45]],
  };
}

/** The runs of 30 days, newest first: all numbers of the page come from them, so that none contradicts another. */
function runsOf(name: string): readonly SourceRun[] {
  const first = Math.floor(pageTime / day) * day - 29 * day;
  const slots = Array.from(
    { length: Math.ceil((pageTime - first) / (10 * minute)) },
    (_, n) => first + n * 10 * minute,
  );
  const runs = Object.entries(tablesOf(name)).flatMap(([source, tables], s) => {
    return slots.map((slot, n): SourceRun => {
      const failed =
        (source === 'project_b' && slot >= failingFrom) ||
        (source === 'crm' && slot >= outage.from && slot < outage.to);
      const isOpen = slot + 10 * minute > pageTime;
      const holdsBack = source === name && slot >= heldBackFrom;
      const state = isOpen ? 'running' : failed ? 'failed' : holdsBack ? 'held back' : 'landed';
      const run = {
        source,
        workflowId: `sync-source/${source}`,
        runId: runId(n * 10 + s),
        state,
        startedAt: slot,
        closedAt: isOpen ? null : slot + 1_500 + ((n * 37 + s * 61) % 90) * 100,
      } as const;
      if (isOpen || failed || (source === 'crm' && slot > completeOfLate)) return run;
      // What a run after an outage reads has waited all that time.
      const intervals =
        source === 'crm' && slot === outage.to ? (outage.to - outage.from) / (10 * minute) + 1 : 1;
      const busy =
        (1 + 0.6 * Math.sin(((slot % day) / day) * 2 * Math.PI - 2.2)) *
        (1 + 0.2 * Math.sin((slot / day) * 0.9 + s));
      const changes = tables
        .filter(([table]) => !(holdsBack && table === `${name}_orders`))
        .map(([table, rows], t): Change => {
          const inserted = Math.round(intervals * rows * busy * (1 + s * 0.3)) + ((n * 7 + t * 11) % 5);
          return [table, inserted, Math.round(inserted / 6), n % 9 === t ? 3 : 0];
        });
      const extracted = changes.reduce((sum, [, inserted, updated]) => sum + inserted + updated, 25);
      return { ...run, extracted, tables: changes };
    });
  });
  // Somebody has started one more.
  const byHand = {
    source: 'crm',
    workflowId: 'sync-source/crm',
    runId: runId(999),
    state: 'landed',
  } as const;
  runs.push({ ...byHand, startedAt: today('07:33:00'), closedAt: today('07:33:04') });
  return runs.sort((a, b) => b.startedAt - a.startedAt);
}

/** A page of four sources: one fails, one is late, one holds a table back. Names that bite where `name` is given. */
export function pageData(name = 'shop'): PageData {
  const made = pages.get(name) ?? makePage(name);
  pages.set(name, made);
  return made;
}

const pages = new Map<string, PageData>();

function makePage(name: string): PageData {
  const at = pageTime;
  const sources = Object.keys(tablesOf(name));
  const all = runsOf(name);
  const ledger = all.flatMap(({ source, closedAt, tables }): Landing[] =>
    tables ? [{ source, at: closedAt!, changes: tables }] : [],
  );
  const summed = (changes: readonly Change[]) => {
    const sum = (kind: 1 | 2 | 3) => changes.reduce((total, change) => total + change[kind], 0);
    return { inserted: sum(1), updated: sum(2), deleted: sum(3) };
  };
  /** What landed from an instant on, by a period and table, as ops has it. */
  const landedBy = (period: number, from: number) => {
    const found = new Map<string, Change[]>();
    for (const { at, changes } of ledger.filter(({ at }) => at >= from))
      for (const change of changes) {
        const key = `${Math.floor(at / period) * period} ${change[0]}`;
        found.set(key, [...(found.get(key) ?? []), change]);
      }
    return [...found]
      .map(([key, changes]) => ({
        when: Number(key.split(' ', 1)[0]),
        table: changes[0]![0],
        ...summed(changes),
      }))
      .sort((a, b) => a.when - b.when || (a.table < b.table ? -1 : 1));
  };
  const evening = Math.floor(at / day) * day - 6 * hour;
  const night = ledger.filter((landing) => landing.at >= evening && landing.at < evening + 12 * hour);
  const held = [...Object.entries(tablesOf(name))].flatMap(([source, tables]) =>
    tables.map(([table, rows]) => {
      const { inserted, deleted } = summed(
        ledger
          .filter((landing) => landing.source === source)
          .flatMap(({ changes }) => changes.filter(([each]) => each === table)),
      );
      return { source, table, rows: rows * 12_000 + inserted - deleted };
    }),
  );
  const rowsOf = (is: (each: (typeof held)[number]) => boolean) =>
    held.filter(is).reduce((sum, { rows }) => sum + rows, 0);
  const landedRuns = (source: string) =>
    all.filter((run) => run.source === source && (run.state === 'landed' || run.state === 'held back'));
  const completeThrough = ({ source, startedAt }: SourceRun) =>
    source === 'crm' ? Math.min(startedAt, completeOfLate) : startedAt;
  const lagOf = (source: string) => {
    const longest = new Map<number, [number, number]>();
    landedRuns(source)
      .filter(({ closedAt }) => closedAt! > at - 7 * day)
      .forEach(({ closedAt }, n, landed) => {
        const before = landed[n + 1];
        if (!before) return;
        const lag = Math.round((closedAt! - completeThrough(before)) / 1_000);
        const key = Math.floor(closedAt! / hour);
        if (lag > (longest.get(key)?.[1] ?? -1)) longest.set(key, [closedAt!, lag]);
      });
    return [...longest.values()].reverse();
  };
  const incident = (
    problem: ProblemKind & { readonly subject: string },
    since: number,
    more: Partial<Incident> = {},
  ): Incident => ({
    subject: problem.subject,
    workflowId: `incident/${problem.subject}`,
    runId: runId(since),
    problem: problemSentence(problem),
    since,
    resolvedAt: null,
    notified: { chats: ['-1001234567890'], at: since + 4 * minute },
    mutedUntil: null,
    next: nextActionOf(problem, english),
    ...more,
  });
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
      value: sources.map((source) => {
        const [last] = landedRuns(source);
        const through = completeThrough(last!);
        const isFailing = source === 'project_b';
        return {
          source,
          completeThrough: through,
          currentThrough: through,
          landedAt: last!.closedAt,
          error: isFailing
            ? 'source "project_b": connection refused by 10.0.0.5:5432; check that Postgres runs there.'
            : null,
          failingSince: isFailing ? failingFrom + 8 * second : null,
          tables: held.filter((each) => each.source === source).length,
          rows: rowsOf((each) => each.source === source),
          differences: [],
        };
      }),
    },
    heldBack: {
      value: [
        {
          source: name,
          table: `${name}_orders`,
          since: heldBackFrom + second,
          problem: 'the role "reader" is not allowed to read it',
          advice: 'Run at the source:',
          sql: `grant select on "${name}"."orders" to "reader"`,
        },
      ],
    },
    lag: { value: Object.fromEntries(sources.map((source) => [source, lagOf(source)])) },
    landings: {
      value: landedBy(hour, Math.floor(at / hour) * hour - 36 * hour).map(({ when, ...changes }) => ({
        hour: when,
        ...changes,
      })),
    },
    lastNight: {
      value: {
        from: evening,
        to: evening + 12 * hour,
        changes: held.flatMap(({ source, table }) => {
          const changes = night
            .filter((landing) => landing.source === source)
            .flatMap((landing) => landing.changes.filter(([each]) => each === table));
          return { source, table, ...summed(changes) };
        }),
      },
    },
    days: { value: landedBy(day, 0).map(({ when, ...changes }) => ({ day: when, ...changes })) },
    sizes: {
      value: [...new Set(held.map(({ table }) => table))]
        .map((table) => ({ table, rows: rowsOf((each) => each.table === table) }))
        .map(({ table, rows }) => ({ table, rows, bytes: rows * 310 }))
        .sort((a, b) => b.bytes - a.bytes),
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
          source: name,
          at: at - 35 * day,
          table: null,
          column: null,
          change: 'arrived',
          before: null,
          after: null,
          tables: 4,
        },
      ],
    },
    sessions: { value: sessionsOf(ledger) },
    runs: { value: all.filter(({ startedAt }) => startedAt > at - 400 * minute) },
    activities: {
      value: sources.map((source) => {
        const [run] = landedRuns(source);
        const took = (run!.closedAt! - run!.startedAt) / 1_000;
        return {
          run: run!,
          seconds: [
            ['extract', 0.5 * took],
            ['loadRaw', 0.1 * took],
            ['upsert', 0.25 * took],
            ['refreshViews', 0.15 * took],
          ],
        };
      }),
    },
    mutes: [{ subject: `source/${name}`, until: at + 2 * hour }],
    incidents: {
      value: [
        incident(
          {
            subject: 'source/crm',
            kind: 'late',
            completeThrough: new Date(completeOfLate).toISOString(),
            cause: 'old data',
          },
          completeOfLate,
          { notified: { chats: ['-1001234567890'], at: completeOfLate + 31 * minute } },
        ),
        incident({ subject: 'source/project_b', kind: 'failed' }, failingFrom + 8 * second),
        incident({ subject: `table/${name}/${name}_orders`, kind: 'held back' }, heldBackFrom + second, {
          mutedUntil: at + 3 * hour,
          next: { text: 'Run at the source:', sql: [`grant select on "${name}"."orders" to "reader";`] },
        }),
        incident({ subject: 'place/minsk', kind: 'failed' }, at - 30 * hour, { resolvedAt: at - 25 * hour }),
        incident({ subject: 'source/crm', kind: 'failed' }, outage.from + 8 * second, {
          resolvedAt: outage.to + minute,
        }),
      ],
    },
    weather: { value: [minsk(at)] },
  };
}

/** The sessions are those whose rows landed, in the projects that have them. */
function sessionsOf(ledger: readonly Landing[]): SessionDay[] {
  const days = new Map<string, SessionDay>();
  for (const { source, at, changes } of ledger) {
    const rows = (table: string) => changes.find(([each]) => each === table)?.[1] ?? 0;
    if (rows('user_sessions') === 0) continue;
    const begin = Math.floor(at / day) * day;
    const known = days.get(`${begin} ${source}`);
    const transactions = rows('transactions');
    days.set(`${begin} ${source}`, {
      day: begin,
      project: source,
      sessions: (known?.sessions ?? 0) + rows('user_sessions'),
      events: (known?.events ?? 0) + rows('events'),
      usd: (known?.usd ?? 0) + transactions * 19.5,
      buying: (known?.buying ?? 0) + Math.floor(0.8 * transactions),
      unpriced: (begin / day) % 6 === 0 ? 3 : 0,
    });
  }
  return [...days.values()].sort((a, b) => a.day - b.day || (a.project < b.project ? -1 : 1));
}

/** Seven days of a place: two hours are missing on Tuesday, and five of yesterday, when its runs failed, are filled. */
function minsk(at: number): PlaceWeather {
  const isFilled = (back: number) => back > 25 && back <= 30;
  const isMissing = (back: number) => back === 72 || back === 71;
  const hourOf = (back: number) => Math.floor(at / hour) * hour - back * hour;
  return {
    place: 'minsk',
    timezone: 'Europe/Minsk',
    origin: 'openweather',
    hasHistory: true,
    days: Array.from({ length: 7 }, (_, n) => {
      const hours = Array.from(
        { length: n === 0 ? 13 : 24 },
        (_, back) => (n === 0 ? 0 : 24 * n - 11) + back,
      );
      return {
        day: new Date(at - n * day).toISOString().slice(0, 10),
        of: hours.length,
        present: hours.filter((back) => !isMissing(back)).length,
        filled: hours.filter(isFilled).length,
        missing: hours.filter(isMissing).reverse().map(hourOf),
      };
    }),
    hours: Array.from({ length: 157 }, (_, n): WeatherHour => {
      const back = 156 - n;
      const gone = isMissing(back);
      const temp = -2 + 5 * Math.sin((n - 8) / 3.82) + n / 60;
      return {
        at: hourOf(back) + (gone ? 0 : 4 * minute),
        filled: isFilled(back),
        temp: gone ? null : temp,
        min: gone ? null : temp - 1.4,
        max: gone ? null : temp + 1.1,
        speed: gone ? null : 4 + 2.5 * Math.sin(n / 9),
        degrees: gone ? null : (n * 7) % 360,
      };
    }),
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
    lastNight: { value: { from: pageTime - 15 * hour, to: pageTime - 3 * hour, changes: [] } },
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
