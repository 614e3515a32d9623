import { foreseeRefusals } from '../../activities/sync/warehouse/align/foresee-refusals.ts';
import type { Config } from '../../model/config.ts';
import { ConfigError } from '../../model/config.ts';
import { formatDuration } from '../../model/duration.ts';
import { neverLanded } from '../../model/position.ts';
import { writtenPasswords } from '../../model/written-passwords.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import { configLabel } from '../context/find-config.ts';
import type { Context, Location } from '../context/context.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { checkChats } from './chat.ts';
import type { Check } from './check.ts';
import { failed, ok, renderChecks, warning } from './check.ts';
import { checkFolder } from './folder.ts';
import { checkSharedTables } from './shared-tables.ts';
import type { Foresee } from './source.ts';
import { checkMissing, checkSource, checkUnmatched } from './source.ts';
import { checkTemporal } from './temporal.ts';
import { checkWarehouse } from './warehouse.ts';
import { checkPlace } from './weather.ts';

/**
 * Checks everything that a run needs, even after a failed check, and prints what to do about each problem. Changes nothing.
 * Before anything has landed, it distinguishes what is not set up yet from what has failed.
 * With an error in the config it checks only Temporal, and fails with the exit code for an invalid config.
 */
export async function doctor(location: Location): Promise<void> {
  const context = await location.tryOpen();
  const { found, printer } = location;
  const checks =
    context instanceof ConfigError
      ? [failed('config', context.message), ...afterFirstRun(await checkTemporal(found, undefined))]
      : [
          ok('config', configLabel(found)),
          ...checkPasswords(context.config),
          ...checkLateAfter(context.config),
          ...(await checkAll(context)),
        ];
  printer.result({ checks }, renderChecks(checks));
  const lines = [
    ['Failed', subjectsOf(checks, 'failed')],
    ['Next', subjectsOf(checks, 'next')],
  ].flatMap(([label, subjects]) => (subjects ? [`${label}: ${subjects}.`] : []));
  if (lines.length > 0)
    throw new CommandFailure(
      context instanceof ConfigError ? exitCodes.invalid : exitCodes.failed,
      lines.join('\n'),
    );
}

function subjectsOf(checks: readonly Check[], outcome: Check['outcome']): string {
  return checks.flatMap((check) => (check.outcome === outcome ? [check.subject] : [])).join('; ');
}

/** A password in the config is read by everybody who reads the config. */
function checkPasswords(config: Config): Check[] {
  return writtenPasswords(config).map(({ key, problem, advice }) =>
    warning(`config, ${key}`, problem, advice),
  );
}

/** Between two runs of sync the lag of a source grows to their interval at least. */
function checkLateAfter({ alerts, schedules }: Config): Check[] {
  if (alerts.lateAfterMs > schedules.sync) return [];
  const [late, sync] = [alerts.lateAfterMs, schedules.sync].map((ms) => formatDuration(ms / 1_000));
  return [
    warning(
      'config, late_after',
      `with ${late}, and ${sync} between syncs, each source is late before its next run`,
      'Make alerts.late_after longer than schedules.sync, for example three times as long.',
    ),
  ];
}

/** What is not set up is a failure once something has landed. */
function afterFirstRun(checks: readonly Check[]): Check[] {
  return checks.map((check) => (check.outcome === 'next' ? { ...check, outcome: 'failed' } : check));
}

async function checkAll(context: Context): Promise<Check[]> {
  const { found, reader, config } = context;
  const { weather } = config;
  const [temporal, warehouse] = await Promise.all([checkTemporal(found, config), checkWarehouse(context)]);
  const foresee: Foresee = async (source, tables) =>
    warehouse.isReady ? withWarehouse(context, (client) => foreseeRefusals(client, source, tables)) : [];
  const [sources, places, folders, chats] = await Promise.all([
    Promise.all(
      Object.keys(config.sources).map((source) =>
        checkSource(reader, config, source, warehouse.known[source] ?? neverLanded, foresee),
      ),
    ),
    Promise.all((weather?.places ?? []).map((place) => checkPlace(reader, weather!, place))),
    Promise.all([
      checkFolder('staging folder', config.staging),
      ...(weather ? [checkFolder('weather folder', weather.folder)] : []),
    ]),
    checkChats(reader, config.alerts),
  ]);
  const checks = [
    ...sources.map(({ checks }) => checks),
    checkMissing(sources),
    checkUnmatched(config, sources),
    checkSharedTables(sources),
    ...warehouse.checks,
    ...temporal,
    ...folders,
    ...places,
    ...chats,
  ].flat();
  return warehouse.isNew ? checks : afterFirstRun(checks);
}
