import { setCurrentDetails, startChild } from '@temporalio/workflow';
import { failureTypes } from '../model/failure.ts';
import { weatherPlaceId } from '../model/names.ts';
import type { PlaceResult, WeatherInput, WeatherResult } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import { awaitChildren, detachedChild, outcomeOf, throwIfAnyFailed } from './children.ts';
import { markdownTable } from './markdown-table.ts';
import { listPlaces } from './proxies.ts';
import { weatherPlace } from './weather-place.ts';

/**
 * Handles all places at once, each in its own child, so no two ever write the same file. Waits for them for at most
 * `waitMinutes`, and fails only at the end, naming each failed place, so no place stops or delays another.
 */
export async function weather(input: WeatherInput): Promise<WeatherResult> {
  const results: Record<string, PlaceResult> = {};
  const places = await listPlaces(input.places);
  for (const place of places) results[place] = running;
  const showDetails = () => setCurrentDetails(details(results));
  showDetails();

  await awaitChildren(
    places,
    input,
    (place) =>
      startChild(weatherPlace, {
        ...detachedChild(weatherPlaceId(place), place),
        args: [{ place, ...(input.hours && { hours: input.hours }) }],
      }),
    (place, settled) => {
      results[place] = outcomeOf('place', place, settled, running);
      showDetails();
    },
  );

  const result = { places: results };
  throwIfAnyFailed('place', failureTypes.placesFailed, results, result);
  return result;
}

const running: PlaceResult = { status: 'running', filled: 0, movedAside: [] };

function details(results: Readonly<Record<string, PlaceResult>>): string {
  return markdownTable(
    ['place', 'status', 'observed', 'hours filled', 'error'],
    Object.entries(results).map(([place, { status, observed, filled, failure, unfilled }]) => [
      place,
      status,
      observed && formatTime(observed),
      filled,
      failure ? { code: failure.message } : unfilled,
    ]),
  );
}
