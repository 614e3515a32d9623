import { ApplicationFailure, setCurrentDetails, startChild } from '@temporalio/workflow';
import { failures } from '../model/failure.ts';
import { weatherPlaceId } from '../model/run.ts';
import type { PlaceResult, WeatherInput, WeatherResult } from '../model/run.ts';
import { childApart, settleChildren } from './children.ts';
import { named } from './failure.ts';
import { listPlaces } from './proxies.ts';
import { weatherPlace } from './weather-place.ts';

/**
 * All places at once, each in its own child, so that no two ever write one file. Waits for them as long as the input
 * says, and fails at its end, naming each place that failed, so that no place stops or delays another.
 */
export async function weather(input: WeatherInput): Promise<WeatherResult> {
  const results: Record<string, PlaceResult> = {};
  const places = await listPlaces(input.places);
  for (const place of places) results[place] = running;
  const tellDetails = () => setCurrentDetails(details(results));
  tellDetails();

  await settleChildren(
    places,
    input,
    (place) =>
      startChild(weatherPlace, {
        ...childApart(weatherPlaceId(place), place),
        args: [{ place, ...(input.hours && { hours: input.hours }) }],
      }),
    (place, settled) => {
      if (settled.status === 'completed') results[place] = settled.result;
      if (settled.status === 'failed')
        results[place] = { ...running, status: 'failed', error: named('place', place, settled.error) };
      tellDetails();
    },
  );

  const failed = Object.values(results).filter(({ status }) => status === 'failed');
  if (failed.length === 0) return { places: results };
  throw ApplicationFailure.create({
    type: failures.placesFailed,
    message: `${failed.length} of ${places.length} places failed: ${failed.map(({ error }) => error).join(' | ')}`,
    nonRetryable: true,
    details: [{ places: results } satisfies WeatherResult],
  });
}

const running: PlaceResult = { status: 'running', filled: 0, movedAside: [] };

function details(results: Readonly<Record<string, PlaceResult>>): string {
  const rows = Object.entries(results).map(
    ([place, { status, observed, filled, error, unfilled }]) =>
      `| ${place} | ${status} | ${observed ?? ''} | ${filled} | ${error ?? unfilled ?? ''} |`,
  );
  return ['| place | state | observed | hours filled | |', '|---|---|---|---|---|', ...rows].join('\n');
}
