import type { Config, ConfigReader } from '../../model/config.ts';
import { unknownName } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Secret } from '../../model/secret.ts';
import type { Place, WeatherConfig } from '../../model/weather.ts';
import { withHeartbeat } from '../heartbeat.ts';
import { readConfig, reveal } from '../postgres/endpoints.ts';

/** What an activity for one place works with. */
export interface PlaceContext {
  readonly weather: WeatherConfig;
  readonly place: Place;
  /** Aborts when the activity is cancelled. */
  readonly signal: AbortSignal;
  /** Passes the activity's progress to its heartbeat. */
  readonly report: (progress: object) => void;
  /** The value behind a reference. */
  readonly reveal: (secret: Secret) => Promise<string>;
}

/**
 * The activity `work` for the place that its input names: with the config as it stands now, a heartbeat, and cancellation.
 * An unknown place is a final failure.
 */
export function atPlace<Input extends { readonly place: string }, Output>(
  reader: ConfigReader,
  work: (context: PlaceContext, input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return (input) =>
    withHeartbeat<object, Output>({}, async (report, signal) => {
      const config = await readConfig(reader);
      const { weather } = config;
      const place = weather?.places.find(({ name }) => name === input.place);
      if (!weather || !place) throw unknownPlace(config, input.place);
      return work({ weather, place, signal, report, reveal: (secret) => reveal(reader, secret) }, input);
    });
}

/** The final failure for a place that the config does not have. */
export function unknownPlace({ weather }: Config, name: string) {
  const details = unknownName('place', name, weather?.places.map((place) => place.name) ?? []);
  return createFailure(failureTypes.badConfig, details, { final: true });
}
