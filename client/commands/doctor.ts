import type { Context } from '../context.ts';
import { checkChats } from '../doctor/chat.ts';
import { checkFolder } from '../doctor/folder.ts';
import type { Check } from '../doctor/check.ts';
import { ok, renderChecks } from '../doctor/check.ts';
import { checkSource } from '../doctor/source.ts';
import { checkTemporal } from '../doctor/temporal.ts';
import { checkWarehouse } from '../doctor/warehouse.ts';
import { checkPlace } from '../doctor/weather.ts';
import { CommandFailure, exitCodes } from '../failure.ts';

/** Looks at everything that a run needs, all of it whatever fails, and says for each what to do. Changes nothing. */
export async function doctor(context: Context): Promise<void> {
  const { found, reader, config, printer } = context;
  const { weather } = config;
  const [temporal, warehouse] = await Promise.all([checkTemporal(context), checkWarehouse(context)]);
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
  const checks: Check[] = [
    ok('config', found.path),
    ...temporal,
    ...sources.flat(),
    ...warehouse.checks,
    ...folders.flat(),
    ...places.flat(),
    ...chats,
  ];
  printer.result({ checks }, renderChecks(checks));
  const bad = checks.filter(({ outcome }) => outcome === 'failed');
  if (bad.length > 0)
    throw new CommandFailure(exitCodes.failed, `Failed: ${bad.map(({ what }) => what).join('; ')}.`);
}
