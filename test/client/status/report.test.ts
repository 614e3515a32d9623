import type { SourceFreshness } from '../../../client/status/freshness.ts';
import { renderStatus } from '../../../client/status/report.ts';

const landed: SourceFreshness = {
  completeThrough: '2026-11-24T18:00:00Z',
  lagSeconds: 102,
  tables: { events: { strategy: 'sweep', rows: 7 } },
};

test('where a short screen has to show it, what has a problem comes first', () => {
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
  expect(firstWords(renderStatus(report, { problemsFirst: true }))).toEqual([
    ...['incident', 'source/project_b', '', 'muted', 'place/minsk', '', 'Last', ''],
    ...['source', 'project_b', 'project_a'],
  ]);
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
