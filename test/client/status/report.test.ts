import type { SourceFreshness } from '../../../client/status/freshness.ts';
import { renderStatus } from '../../../client/status/report.ts';
import { fitLines } from '../../../client/terminal/fit-lines.ts';

const landed: SourceFreshness = {
  completeThrough: '2026-11-24T18:00:00Z',
  lagSeconds: 102,
  tables: { events: { strategy: 'sweep', rows: 7 } },
};

describe('on a terminal of 80 columns and 20 rows', () => {
  const { isTTY, columns: before } = process.stdout;
  beforeAll(() => void Object.assign(process.stdout, { isTTY: true, columns: 80 }));
  afterAll(() => void Object.assign(process.stdout, { isTTY, columns: before }));

  test('what has a problem is shown, however much else there is', () => {
    const many = Array.from({ length: 100 }, (_, n) => [`source_${n}`, landed] as const);
    const down = { ...landed, error: 'source "failing": connection refused by 10.0.0.5:5432.' };
    const incident = { since: '2026-11-24T18:00:00Z', notifiedAt: null, quietUntil: null, mutedUntil: null };
    const text = renderStatus(
      {
        sources: Object.fromEntries([...many, ['late', { ...landed, lagSeconds: 3_600 }], ['failing', down]]),
        schedules: [],
        weather: [],
        incidents: [
          {
            ...incident,
            id: 'source/muted',
            problem: 'muted is failing',
            mutedUntil: '2026-11-24T20:10:00Z',
          },
          { ...incident, id: 'source/failing', problem: 'failing is failing: its last run failed' },
          {
            ...{ ...incident, id: 'source/late', notifiedAt: '2026-11-24T18:01:00Z' },
            problem: 'late is behind: its runs succeed, but its data is complete only through 17:42',
          },
        ],
      },
      { lateAfterMs: 1_800_000, now: Date.parse('2026-11-24T18:42:00Z') },
    );
    // Three rows are the heading's.
    const shown = fitLines(text.split('\n'), process.stdout, 17).join('\n');
    expect(shown).toMatchInlineSnapshot(`
      "incident        for     status            problem
      source/failing  42 min  not notified yet  failing is failing: its last run fai…
      source/late     42 min  notified          late is behind: its runs succeed, bu…
      source/muted    42 min  muted             muted is failing

      Last failure: source "failing": connection refused by 10.0.0.5:5432.

      source     complete through         lag         rows  difference
      late       2026-11-24 18:00:00 UTC  1 h            7           0
      failing    2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      source_0   2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      source_1   2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      source_2   2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      source_3   2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      source_4   2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      source_5   2026-11-24 18:00:00 UTC  1 min 42 s     7           0
      … and 94 more lines"
    `);
  });
});

test('otherwise sources are in the order of the config, and incidents at the end', () => {
  const report = {
    sources: {
      project_a: landed,
      project_b: { ...landed, error: 'source "project_b": it is down.', errorAt: '2026-11-24T18:10:00Z' },
    },
    schedules: [],
    weather: [],
    incidents: [
      {
        id: 'source/project_b',
        since: '2026-11-24T18:10:00Z',
        problem: 'project_b is failing',
        notifiedAt: null,
        quietUntil: null,
        mutedUntil: null,
      },
    ],
    mutes: { 'place/minsk': '2026-11-24T20:10:00Z' },
  };
  const firstWords = (text: string) => text.split('\n').map((line) => line.split(' ')[0]);
  expect(firstWords(renderStatus(report))).toEqual([
    ...['source', 'project_a', 'project_b', '', 'Last', ''],
    ...['incident', 'source/project_b', '', 'muted', 'place/minsk'],
  ]);
});

test('tables that are held back are listed line by line, with what to do about each, and each statement ready to copy', () => {
  const names = Array.from({ length: 300 }, (_, n) => `t${n}`);
  const heldBack = {
    since: '2026-11-24T17:00:00Z',
    problem: 'the role reader is not allowed to read it',
    advice: 'Run at the source:',
  };
  const tables = Object.fromEntries(
    names.map((name) => [
      name,
      {
        ...{ strategy: 'sweep' as const, rows: 0, completeThrough: null },
        heldBack: { ...heldBack, sql: `grant select on ${name} to reader` },
      },
    ]),
  );
  const sources = { shop: { ...landed, tables } };
  const lines = renderStatus({ sources, schedules: [], weather: [], incidents: [], mutes: {} }).split('\n');
  for (const name of names) {
    expect(lines.filter((line) => new RegExp(`^shop +${name} +2026`).test(line))).toHaveLength(1);
    expect(lines).toContain(`grant select on ${name} to reader;`);
  }
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(120);
});
