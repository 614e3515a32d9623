import { setCurrentDetails, startChild } from '@temporalio/workflow';
import { failures } from '../model/failure-types.ts';
import { sayTime } from '../model/time.ts';
import { weatherPlaceId } from '../model/run.ts';
import type { PlaceResult, WeatherInput, WeatherResult } from '../model/run.ts';
import { childApart, failNaming, outcomeOf, settleChildren } from './children.ts';
import { markdownTable } from './markdown-table.ts';
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
      results[place] = outcomeOf('place', place, settled, running);
      tellDetails();
    },
  );

  const result = { places: results };
  failNaming('place', failures.placesFailed, results, result);
  return result;
}

const running: PlaceResult = { status: 'running', filled: 0, movedAside: [] };

function details(results: Readonly<Record<string, PlaceResult>>): string {
  return markdownTable(
    ['place', 'state', 'observed', 'hours filled', ''],
    Object.entries(results).map(([place, { status, observed, filled, error, unfilled }]) => [
      place,
      status,
      observed && sayTime(observed),
      filled,
      error ?? unfilled,
    ]),
  );
}
