import { startChild } from '@temporalio/workflow';
import { failureTypes } from '../model/failure.ts';
import { weatherPlaceId } from '../model/names.ts';
import { formatCount, formatNumber } from '../model/number.ts';
import type { PlaceResult, WeatherInput, WeatherResult } from '../model/runs.ts';
import { formatTime } from '../model/time.ts';
import { awaitChildren, detachedChild } from './children.ts';
import { labelled, listedBy } from './labels.ts';
import { boundedOutcomes, incompleteOutcome, outcomeTable, throwIfAnyFailed } from './outcomes.ts';
import { listPlaces } from './proxies.ts';
import { showDetails } from './show-details.ts';
import { weatherPlace } from './weather-place.ts';

/**
 * All places at once, each in its own child, so that no two ever write one file. Waits for them as long as the input
 * says, and fails at its end, naming the failed places, so that no place stops or delays another.
 */
export async function weather(input: WeatherInput): Promise<WeatherResult> {
  const results: Record<string, PlaceResult> = {};
  const { names: places, searchAttributes } = listedBy(await listPlaces(input.places));
  for (const place of places) results[place] = running;
  await showDetails(
    () => details(results),
    (changed) =>
      awaitChildren(
        places,
        input,
        (place) =>
          startChild(weatherPlace, {
            ...detachedChild(weatherPlaceId(place), place),
            ...labelled(searchAttributes, { place }),
            args: [{ place, ...(input.hours && { hours: input.hours }) }],
          }),
        (place, settled) => {
          results[place] =
            settled.status === 'completed'
              ? settled.result
              : incompleteOutcome('place', place, settled, running);
          changed();
        },
      ),
  );

  const result = { written: writtenSentence(results), places: boundedOutcomes(results) };
  throwIfAnyFailed('place', failureTypes.placesFailed, results, result);
  return result;
}

function writtenSentence(results: Readonly<Record<string, PlaceResult>>): string {
  const all = Object.values(results);
  const written = all.filter(({ status }) => status === 'written').length;
  const filled = all.reduce((sum, each) => sum + each.filled, 0);
  return `${formatNumber(written)} of ${formatCount(all.length, 'place')}; ${formatCount(filled, 'missed hour')} filled`;
}

const running: PlaceResult = { status: 'running', filled: 0, movedAside: [] };

function details(results: Readonly<Record<string, PlaceResult>>): string {
  return outcomeTable(
    'place',
    ['observed', 'hours filled', 'not filled'],
    results,
    ({ observed, filled, unfilled }) => [observed && formatTime(observed), filled, unfilled],
  );
}
