import { renderWeather } from '../../../client/run/weather-report.ts';
import type { PlaceResult } from '../../../model/runs.ts';

const render = (places: Readonly<Record<string, PlaceResult>>) =>
  renderWeather({ workflowId: 'weather-1', runId: '1', status: 'completed', seconds: 1.25, places });

test('the report has the observation and the filled hours of each place, or that there were none to fill', () => {
  const written = { status: 'written', filled: 0, movedAside: [] } as const;
  expect(
    render({
      minsk: { ...written, observed: '2026-11-24T17:40:00.000Z' },
      brest: { ...written, filled: 7, movedAside: ['brest.damaged-1'] },
      gomel: written,
      grodno: { ...written, unfilled: '3 hours are not in the history yet' },
      mogilev: { ...written, status: 'running' },
    }),
  ).toMatchInlineSnapshot(`
   "place    status     observed                 hours filled  remarks
   minsk    written    2026-11-24 17:40:00 UTC             0
   brest    written                                        7  moved aside: brest.damaged-1
   gomel    unchanged                                      0  no hours to fill
   grodno   written                                        0  3 hours are not in the history yet
   mogilev  running                                        0

   The run took 1.3 s."
  `);
});
