import { isCancellation, log, setCurrentDetails } from '@temporalio/workflow';
import type { FillHoursInput } from '../activities/weather/fill-hours.ts';
import { boundedDetails, createFailure } from '../model/failure.ts';
import { formatCount } from '../model/number.ts';
import type { PlaceResult, WeatherPlaceInput } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import { failureAbout, unwrapFailure } from '../model/unwrap-failure.ts';
import type { Observation } from '../model/weather.ts';
import { fillHours, observe, writeWeather } from './proxies.ts';

/**
 * Handles one place: observe, write the observation into the two files, then fill the hours that the files lack. Filling
 * does not depend on the observation: the history may have an hour that the provider omitted. The workflow id is the mutex
 * for the place's files.
 */
export async function weatherPlace({ place, hours }: WeatherPlaceInput): Promise<PlaceResult> {
  if (hours) {
    const filled = await fill({ place, hours }).catch(unlessCancelled);
    if (isFailed(filled)) throw placeFailure(place, filled.error);
    return fillOnly(place, filled);
  }

  const observed = await observeAndWrite(place).catch(unlessCancelled);
  const filled = await fill({ place }).catch(unlessCancelled);
  const movedAside = [...(observed.movedAside ?? []), ...filledOr(filled).movedAside];
  warnOfMovedAside(place, movedAside);
  if (isFailed(observed)) throw placeFailure(place, observed.error);

  const { hours: filledHours, unfilled } = filledOr(filled);
  const { observation } = observed;
  const result: PlaceResult = {
    written: writtenSentence(filledHours, observation),
    status: 'written',
    observed: observation.time,
    filled: filledHours,
    movedAside,
    ...(unfilled !== undefined && { unfilled }),
  };
  setCurrentDetails(details(place, result));
  return result;
}

interface Observed {
  readonly observation: Observation;
  readonly movedAside: readonly string[];
}

/** Waits for both files, so that nothing else writes one of them meanwhile. */
async function observeAndWrite(place: string): Promise<Observed | Failed> {
  const observation = await observe({ place });
  const written = await Promise.allSettled([
    writeWeather({ place, measure: 'temperature', observation }),
    writeWeather({ place, measure: 'wind', observation }),
  ]);
  const movedAside = written.flatMap((file) =>
    file.status === 'fulfilled' ? (file.value.movedAside ?? []) : [],
  );
  for (const file of written)
    if (file.status === 'rejected') return { ...unlessCancelled(file.reason), movedAside };
  return { observation, movedAside };
}

interface Filled {
  readonly hours: number;
  readonly movedAside: readonly string[];
  /** Why hours are still missing. */
  readonly unfilled?: string | undefined;
}

async function fill(input: FillHoursInput): Promise<Filled> {
  const { rows, movedAside, stillMissing } = await fillHours(input);
  return {
    hours: Math.max(rows.temperature, rows.wind),
    movedAside,
    unfilled: stillMissing > 0 ? `${stillMissing} hours are not in the history yet` : undefined,
  };
}

function fillOnly(place: string, { hours, movedAside, unfilled }: Filled): PlaceResult {
  warnOfMovedAside(place, movedAside);
  return {
    written: writtenSentence(hours),
    ...{ status: 'written', filled: hours, movedAside, ...(unfilled !== undefined && { unfilled }) },
  };
}

interface Failed {
  readonly error: unknown;
  readonly movedAside?: readonly string[];
}

function unlessCancelled(error: unknown): Failed {
  if (isCancellation(error)) throw error;
  return { error };
}

function isFailed(settled: object): settled is Failed {
  return 'error' in settled;
}

/** Hours that cannot be filled now are left to a later run; they do not fail a run that has an observation. */
function filledOr(filled: Filled | Failed): Filled {
  return isFailed(filled)
    ? { hours: 0, movedAside: [], unfilled: unwrapFailure(filled.error).message }
    : filled;
}

function placeFailure(place: string, error: unknown) {
  const { type, details } = failureAbout({ place }, unwrapFailure(error));
  return createFailure(type, boundedDetails(details!), { final: true });
}

function warnOfMovedAside(place: string, movedAside: readonly string[]): void {
  for (const file of movedAside) log.warn('a file was kept under another name', { place, file });
}

function writtenSentence(filled: number, observation?: Observation): string {
  const hours = filled > 0 ? `${formatCount(filled, 'missed hour')} filled` : '';
  if (!observation) return hours || 'no hours to fill';
  const { time, values } = observation;
  const weather = `${formatTime(time)}: ${values.temp} °C, wind ${values.speed} m/s from ${values.deg}°`;
  return hours ? `${weather}; ${hours}` : weather;
}

function details(place: string, result: PlaceResult): string {
  return [
    `**${place}**: ${result.written}`,
    result.unfilled ?? '',
    ...result.movedAside.map((name) => `moved aside: ${name}`),
  ]
    .filter(Boolean)
    .join('\n\n');
}
