import { ConfigError } from '../../model/config.ts';
import type { Context, Location } from '../context/context.ts';
import { checkChats } from '../doctor/chat.ts';
import type { Check } from '../doctor/check.ts';
import { failed, ok, renderChecks } from '../doctor/check.ts';
import { checkFolder } from '../doctor/folder.ts';
import { checkSource } from '../doctor/source.ts';
import { checkTemporal } from '../doctor/temporal.ts';
import { checkWarehouse } from '../doctor/warehouse.ts';
import { checkPlace } from '../doctor/weather.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';

/**
 * Looks at everything that a run needs, all of it whatever fails, and says for each what to do. Changes nothing. With a
 * mistake in the config it looks at what needs none, and ends with the code for that.
 */
export async function doctor(location: Location): Promise<void> {
  const context = await location.open().catch(asMistake);
  const { found, printer } = location;
  const checks =
    context instanceof ConfigError
      ? [failed('config', context.message), ...(await checkTemporal(found, undefined))]
      : [ok('config', found.path), ...(await checkAll(context))];
  printer.result({ checks }, renderChecks(checks));
  const bad = checks.filter(({ outcome }) => outcome === 'failed');
  if (bad.length > 0)
    throw new CommandFailure(
      context instanceof ConfigError ? exitCodes.wrong : exitCodes.failed,
      `Failed: ${bad.map(({ what }) => what).join('; ')}.`,
    );
}

async function checkAll(context: Context): Promise<Check[]> {
  const { found, reader, config } = context;
  const { weather } = config;
  const [temporal, warehouse] = await Promise.all([checkTemporal(found, config), checkWarehouse(context)]);
  const [sources, places, folders, chats] = await Promise.all([
    Promise.all(
      Object.keys(config.sources).map((source) =>
        checkSource(reader, config, source, warehouse.identities[source] ?? null),
      ),
    ),
    Promise.all((weather?.places ?? []).map((place) => checkPlace(reader, weather!, place))),
    Promise.all([
      checkFolder('staging folder', config.staging),
      ...(weather ? [checkFolder('weather folder', weather.folder)] : []),
    ]),
    checkChats(reader, config.alerts),
  ]);
  return [...temporal, ...sources.flat(), ...warehouse.checks, ...folders.flat(), ...places.flat(), ...chats];
}

function asMistake(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  throw error;
}
