import { formatElapsed } from '../../model/duration.ts';
import type { PlaceResult, WeatherResult } from '../../model/runs.ts';
import type { Run } from './start.ts';
import type { Ending } from './wait.ts';
import { formatTime } from '../../model/time.ts';
import { renderTable } from '../terminal/table.ts';

export interface WeatherReport {
  readonly workflowId: string;
  readonly runId: string;
  /** `completed` when the files of every place were written. */
  readonly status: 'completed' | 'failed';
  readonly seconds: number;
  readonly places: WeatherResult['places'];
}

/** The outcome of a weather run, for `--json`. */
export function weatherReport(
  { workflowId, runId }: Run<WeatherResult>,
  ending: Ending<WeatherResult>,
  seconds: number,
): WeatherReport {
  const places = ending.result?.places ?? {};
  const written =
    ending.status === 'completed' && Object.values(places).every(({ status }) => status === 'written');
  return {
    workflowId,
    runId,
    status: written ? 'completed' : 'failed',
    seconds,
    places,
  };
}

/** A table of the observation and the filled hours, by place. */
export function renderWeather({ places, seconds }: WeatherReport): string {
  const rows = Object.entries(places).map(([place, result]) => {
    const { status, observed, filled, unfilled, movedAside } = result;
    const unchanged = isUnchanged(result);
    const remarks = [
      unchanged ? 'no hours to fill' : unfilled,
      ...movedAside.map((name) => `moved aside: ${name}`),
    ];
    return [
      place,
      unchanged ? 'unchanged' : status,
      observed === undefined ? null : formatTime(observed),
      filled,
      remarks.filter(Boolean).join('; ') || null,
    ];
  });
  const headings = ['place', 'status', 'observed', 'hours filled', 'remarks'];
  return `${renderTable(headings, rows)}\n\nThe run took ${formatElapsed(seconds)}.`;
}

/** Hours were to be filled, and the files lack none that the history has. */
function isUnchanged({ status, observed, filled, unfilled }: PlaceResult): boolean {
  return status === 'written' && observed === undefined && filled === 0 && unfilled === undefined;
}

/** A sentence for each place that was not written; otherwise, when the run failed, one for the run. */
export function weatherFailures(
  { places, status, workflowId }: WeatherReport,
  ending: Ending<WeatherResult>,
): string[] {
  const sentences = Object.entries(places).flatMap(([place, { status, error }]) => {
    if (status === 'failed') return [error ?? `place "${place}": failed. See its run in the Web UI.`];
    if (status === 'running') return [`place "${place}": still running. See its run in the Web UI.`];
    return [];
  });
  if (sentences.length > 0 || status === 'completed') return sentences;
  return [
    ending.status === 'failed' ? `${workflowId}: ${ending.message}` : `${workflowId}: no place was observed.`,
  ];
}
