import type { PlaceResult, WeatherResult } from '../../model/runs.ts';
import type { Run } from './start.ts';
import type { Ending } from './wait.ts';
import { formatTime } from '../../model/time.ts';
import { renderTable } from '../terminal/table.ts';

export const sayMissing =
  'The config names no place; add one under weather.places, for example { name: minsk, latitude: 53.893009, longitude: 27.567444, timezone: Europe/Minsk }.';

export interface WeatherReport {
  readonly workflowId: string;
  readonly runId: string;
  /** `completed` when every place is written. */
  readonly status: 'completed' | 'failed';
  readonly seconds: number;
  readonly places: Readonly<Record<string, PlaceResult>>;
}

export function weatherReport(
  { workflowId, runId }: Run<WeatherResult>,
  ending: Ending<WeatherResult>,
  seconds: number,
): WeatherReport {
  const places = ending.result?.places ?? {};
  const written =
    ending.status === 'completed' && Object.values(places).every(({ status }) => status === 'written');
  return { workflowId, runId, status: written ? 'completed' : 'failed', seconds, places };
}

/** Place by place: what was observed, and what was filled. */
export function renderWeather({ places, seconds }: WeatherReport): string {
  const rows = Object.entries(places).map(([place, result]) => {
    const { status, observed, filled, unfilled, movedAside } = result;
    const remarks = [
      idle(result) ? 'nothing is missing that the history has' : unfilled,
      ...movedAside.map((name) => `moved aside: ${name}`),
    ];
    return [
      place,
      idle(result) ? 'unchanged' : status,
      observed === undefined ? null : formatTime(observed),
      filled,
      remarks.filter(Boolean).join('; ') || null,
    ];
  });
  return `${renderTable(['place', 'state', 'observed', 'hours filled', ''], rows)}\n\n${seconds.toFixed(1)} s.`;
}

/** Hours were to be filled, and there was nothing to write. */
function idle({ status, observed, filled, unfilled }: PlaceResult): boolean {
  return status === 'written' && observed === undefined && filled === 0 && unfilled === undefined;
}

/** A sentence for each place that has not been written, or the one for the whole run. */
export function failuresOf({ places, status }: WeatherReport, ending: Ending<WeatherResult>): string[] {
  const sentences = Object.entries(places).flatMap(([place, { status: state, failure }]) => {
    if (state === 'failed')
      return [failure?.message ?? `place "${place}" failed; see its run in the Web UI.`];
    if (state === 'running') return [`place "${place}" is still running; look at its run in the Web UI`];
    return [];
  });
  if (sentences.length > 0 || status === 'completed') return sentences;
  return [
    ending.status === 'failed' ? `The run failed: ${ending.message}` : 'The run looked after no place.',
  ];
}
