import type { Config } from '../../model/config.ts';
import { unknownName } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Place, WeatherConfig } from '../../model/weather.ts';
import type { Attempt, Environment } from '../activity.ts';
import { defineActivity } from '../activity.ts';

/** The context of one attempt of an activity for one place. */
export interface PlaceAttempt extends Attempt {
  readonly weather: WeatherConfig;
  readonly place: Place;
}

/** Defines an activity for the place in its input. An unknown place is a final failure. */
export function atPlace<Input extends { readonly place: string }, Output>(
  environment: Environment,
  work: (attempt: PlaceAttempt, input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return defineActivity(environment, async (attempt, input) => {
    const { weather } = attempt.config;
    const place = weather?.places.find(({ name }) => name === input.place);
    if (!weather || !place) throw unknownPlace(attempt.config, input.place);
    return work({ ...attempt, weather, place }, input);
  });
}

/** The final failure for a place that is not in the config. */
export function unknownPlace({ weather }: Config, name: string) {
  const details = unknownName('place', name, weather?.places.map((place) => place.name) ?? []);
  return createFailure(failureTypes.badConfig, details, { final: true });
}
