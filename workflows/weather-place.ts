import { ApplicationFailure, isCancellation, log, setCurrentDetails } from '@temporalio/workflow';
import type { FillHoursInput } from '../activities/weather/fill-hours.ts';
import type { Observation } from '../model/weather.ts';
import type { PlaceResult, WeatherPlaceInput } from '../model/run.ts';
import { sayTime } from '../model/time.ts';
import { reasonOf } from './reason.ts';
import { fillHours, observe, writeWeather } from './proxies.ts';

/**
 * One place: observe, write the observation into its two files, then fill what the files lack. The filling does not hang
 * on the observation: an hour that a silent provider leaves out is one that the history has. Its workflow id is the
 * mutex for the place's files.
 */
export async function weatherPlace({ place, hours }: WeatherPlaceInput): Promise<PlaceResult> {
  if (hours) {
    const filled = await fillLacking({ place, hours });
    warnOfMovedAside(place, filled.movedAside);
    return { status: 'written', filled: filled.hours, movedAside: filled.movedAside, ...unfilledOf(filled) };
  }
  const movedAside: string[] = [];
  let observed: Observation | undefined;
  let failure: unknown;
  try {
    observed = await observe({ place });
    const written = await Promise.all([
      writeWeather({ place, measure: 'temperature', observation: observed }),
      writeWeather({ place, measure: 'wind', observation: observed }),
    ]);
    movedAside.push(...written.flatMap((file) => file.movedAside ?? []));
  } catch (error) {
    if (isCancellation(error)) throw error;
    failure = error;
  }
  const filled = await fill(place);
  movedAside.push(...filled.movedAside);
  warnOfMovedAside(place, movedAside);
  if (failure) {
    const { type, message } = reasonOf(failure);
    throw ApplicationFailure.create({ type, message, nonRetryable: true, cause: failure as Error });
  }
  const result: PlaceResult = {
    status: 'written',
    ...(observed && { observed: observed.time }),
    filled: filled.hours,
    movedAside,
    ...unfilledOf(filled),
  };
  setCurrentDetails(details(place, observed, result));
  return result;
}

function warnOfMovedAside(place: string, movedAside: readonly string[]): void {
  for (const file of movedAside) log.warn('a file was moved aside and begun anew', { place, file });
}

/** What cannot be filled now is filled by a later run, and is no reason to lose the observation's success. */
async function fill(place: string) {
  try {
    return await fillLacking({ place });
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { hours: 0, movedAside: [], unfilled: reasonOf(error).message };
  }
}

async function fillLacking(input: FillHoursInput) {
  const { rows, movedAside, stillMissing } = await fillHours(input);
  return {
    hours: Math.max(rows.temperature, rows.wind),
    movedAside,
    unfilled: stillMissing > 0 ? `${stillMissing} hours are not in the history yet` : undefined,
  };
}

function unfilledOf({ unfilled }: { readonly unfilled: string | undefined }) {
  return unfilled !== undefined && { unfilled };
}

function details(place: string, observed: Observation | undefined, result: PlaceResult): string {
  const { temp, speed, deg } = observed?.values ?? {};
  return [
    `**${place}**, ${observed ? sayTime(observed.time) : ''}: ${temp} °C, wind ${speed} m/s from ${deg}°`,
    result.filled > 0 ? `${result.filled} missed hours filled` : '',
    result.unfilled ?? '',
    ...result.movedAside.map((name) => `moved aside: ${name}`),
  ]
    .filter(Boolean)
    .join('\n\n');
}
