import { readMutes } from '../../activities/alerts/open-incidents.ts';
import { readOrphans, undecided } from '../../activities/sync/warehouse/orphans.ts';
import { weatherPresence } from '../../activities/weather/presence.ts';
import { ConfigError } from '../../model/config.ts';
import { formatTime } from '../../model/time.ts';
import type { Context, Location } from '../context/context.ts';
import { configLabel } from '../context/find-config.ts';
import { firstError } from '../context/context.ts';
import type { ExitCode } from '../exit-codes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { screenWidth, wrapProse } from '../terminal/prose.ts';
import { redraw } from '../terminal/redraw.ts';
import { readScheduleStates } from '../schedules/state.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { temporalFor, withTemporal } from '../connect/temporal.ts';
import { expectedFailure } from '../connect/expected-failure.ts';
import { withWarehouse } from '../connect/warehouse.ts';
import { readFreshness } from './freshness.ts';
import { readIncidents } from './incidents.ts';
import type { Part, StatusReport } from './report.ts';
import { renderStatus } from './report.ts';

/** The number of days of weather to show. */
const weatherDays = 3;

const redrawMs = 2_000;

/**
 * Prints the config, the freshness of the warehouse, the schedules, the hours of weather and the open incidents. What cannot
 * be read is left out, and the command fails at the end with the reason. With `watch`, redraws every two seconds until Ctrl-C,
 * through outages of Temporal and the warehouse.
 */
export async function status(location: Location, { watch }: { readonly watch: boolean }): Promise<void> {
  const { printer } = location;
  if (watch) return watchStatus(location);
  const { report, failure } = await readStatus(location);
  if (report) printer.result(report, `${heading(location)}\n\n${renderStatus(report)}`);
  else if (!printer.json) printer.log(heading(location));
  if (failure) throw failure;
}

/** What the status is of. */
function heading({ found }: Location): string {
  return `Config: ${configLabel(found)}`;
}

async function watchStatus(location: Location): Promise<void> {
  if (!process.stdout.isTTY || location.printer.json)
    throw new CommandFailure(
      exitCodes.invalid,
      '--watch requires a terminal, and cannot be combined with --json. Run the command without --watch.',
    );
  const render = async () => {
    const { report, failure, lateAfterMs } = await readStatus(location);
    const now = Date.now();
    const shown = report && renderStatus(report, { lateAfterMs, now });
    const parts = [
      `${formatTime(new Date(now).toISOString())}. ${heading(location)}`,
      failure?.message,
      shown,
    ];
    return wrapProse(parts.filter(Boolean).join('\n\n'), screenWidth());
  };
  await redraw(process.stdout, render, redrawMs, stopSignal());
}

interface Found {
  /** Absent when nothing could be read. */
  readonly report?: StatusReport;
  /** How old the data of a source may be; infinite while the config is invalid. */
  readonly lateAfterMs: number;
  /** Why parts are missing. */
  readonly failure?: CommandFailure;
}

async function readStatus(location: Location): Promise<Found> {
  const context = await location.tryOpen();
  const config = context instanceof ConfigError ? undefined : context.config;
  const lateAfterMs = config?.alerts.lateAfterMs ?? Infinity;
  const answers = await Promise.all([
    answerFor(['sources'], () =>
      withWarehouse(valid(context), async (client) => {
        const { config: now } = valid(context);
        const sources = await readFreshness(client, now);
        const orphans = undecided(await readOrphans(client, Object.keys(now.sources)));
        return { sources, ...(orphans.length > 0 && { orphans }) };
      }),
    ),
    answerFor(['schedules', 'incidents'], () =>
      withTemporal(temporalFor(location.found), async (client) => {
        const [schedules, incidents, mutes] = await Promise.all([
          readScheduleStates(client, config),
          readIncidents(client),
          readMutes(client),
        ]);
        return { schedules, incidents, ...(mutes.size > 0 && { mutes: Object.fromEntries(mutes) }) };
      }),
    ),
    answerFor(['weather'], async () => {
      const { folder, places } = valid(context).config.weather ?? { folder: '', places: [] };
      return { weather: await weatherPresence(folder, places, weatherDays, Date.now()) };
    }),
  ]);
  const report = Object.assign(
    { sources: {}, schedules: [], weather: [], incidents: [] },
    ...answers.map(({ found }) => found),
  ) as StatusReport;
  const failed = answers.flatMap(({ parts, failure }) => (failure ? [{ parts, failure }] : []));
  if (failed.length === 0) return { report, lateAfterMs };
  const failure = failureOf(failed);
  const missing = failed.flatMap(({ parts }) => parts);
  return Object.values(report).every((part: object) => Object.keys(part).length === 0)
    ? { failure, lateAfterMs }
    : { report: { ...report, missing }, failure, lateAfterMs };
}

/** Parts of the report, or why they could not be read. */
interface Answer {
  readonly parts: readonly Part[];
  readonly found?: Partial<StatusReport>;
  readonly failure?: CommandFailure;
}

async function answerFor(
  parts: readonly Part[],
  read: () => Promise<Partial<StatusReport>>,
): Promise<Answer> {
  try {
    return { parts, found: await read() };
  } catch (error) {
    const failure = expectedFailure(error);
    if (!failure) throw error;
    return { parts, failure };
  }
}

function valid(context: Context | ConfigError): Context {
  if (context instanceof ConfigError) throw new CommandFailure(exitCodes.invalid, firstError(context));
  return context;
}

/** One line for each reason, with the parts that are missing because of it. The most serious exit code counts. */
function failureOf(failed: readonly Required<Pick<Answer, 'parts' | 'failure'>>[]): CommandFailure {
  const reasons = [...new Set(failed.map(({ failure }) => failure.message))];
  const lines = reasons.map((reason) => {
    const parts = failed.filter(({ failure }) => failure.message === reason).flatMap(({ parts }) => parts);
    return `Not shown: ${parts.join(', ')}. ${reason}`;
  });
  const bySeverity: readonly ExitCode[] = [exitCodes.invalid, exitCodes.unreachable];
  const code = bySeverity.find((code) => failed.some(({ failure }) => failure.exitCode === code));
  return new CommandFailure(code ?? exitCodes.failed, lines.join('\n'));
}
