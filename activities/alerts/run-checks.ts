import type { ConfigReader } from '../../model/config.ts';
import { failureTypes } from '../../model/failure.ts';
import type { Problem } from '../../model/incident.ts';
import { testPrefix } from '../../model/incident.ts';
import { syncScheduleId, weatherScheduleId } from '../../model/names.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { checkConfig } from './checks/config.ts';
import type { CheckContext } from './checks/context.ts';
import { checkDisk } from './checks/disk.ts';
import { checkOpenRuns } from './checks/open-runs.ts';
import { checkQueues } from './checks/queues.ts';
import { checkLastRuns } from './checks/runs.ts';
import { checkSchedules, describeSchedules, pausedOnPurpose } from './checks/schedules.ts';
import { checkOrphans, checkSources } from './checks/sources.ts';
import { askWarehouse, checkWarehouse, isOfWarehouse } from './checks/warehouse.ts';
import { checkWeather } from './checks/weather.ts';

export interface ChecksInput extends CheckContext {
  readonly reader: ConfigReader;
  readonly timeouts: Timeouts;
  /** The errors of the current config; when it has any, `config` is the last valid one. */
  readonly configError?: string | undefined;
  /** The workflow id of this health check's run. */
  readonly ownWorkflowId: string;
}

export interface CheckResults {
  /** One problem per subject. */
  readonly problems: readonly Problem[];
  /** The subjects that could not be checked. One that ends with a slash stands for all that begin with it. */
  readonly unchecked: readonly string[];
  /** The complete_through of each source (ISO 8601), by name. */
  readonly completeThrough: Readonly<Record<string, string>>;
}

/**
 * Runs every check. Each subject has at most one problem, the most serious one. A problem that another explains is left
 * out: an unavailable warehouse hides the failures of its sources, and a failed source hides that of its parent run.
 */
export async function runChecks(input: ChecksInput): Promise<CheckResults> {
  const { configError } = input;
  const schedules = await describeSchedules(input);
  const paused = pausedOnPurpose(schedules);
  const warehouse = await askWarehouse(input, input.reader, input.timeouts);
  const open = await checkOpenRuns(input, input.ownWorkflowId);
  const runs = [...(await checkLastRuns(input)), ...open.problems];

  const unavailable = checkWarehouse(input, warehouse, runs);
  const isExplained = (problem: Problem) =>
    // What the warehouse rejects is the source's problem, also while the warehouse is away.
    (unavailable.length > 0 && isOfWarehouse(problem) && problem.failure?.type !== failureTypes.cannotLand) ||
    (configError !== undefined && problem.failure?.type === failureTypes.badConfig);
  const sourcesUnchecked = unavailable.length > 0 || paused.has(syncScheduleId);

  const mostSeriousFirst = [
    ...checkConfig(input, configError),
    ...unavailable,
    ...runs.filter((problem) => !isExplained(problem)),
    ...checkSchedules(input, schedules),
    ...(sourcesUnchecked ? [] : checkSources(input, warehouse.sources)),
    ...checkOrphans(warehouse.orphans),
    ...(paused.has(weatherScheduleId) ? [] : await checkWeather(input)),
    ...(await checkQueues(input)),
    ...(await checkDisk(input)),
  ];
  return {
    problems: onePerSubject(mostSeriousFirst),
    unchecked: [
      testPrefix,
      ...(sourcesUnchecked
        ? [
            'source/',
            'table/',
            'long-transaction/',
            'row-count/',
            'deletes/',
            'clock/',
            'audit/',
            'quarantine/',
            'columns/',
          ]
        : []),
      ...(unavailable.length > 0 ? ['orphans/'] : []),
      ...open.unchecked,
    ],
    completeThrough: Object.fromEntries(
      warehouse.sources.map(({ source, completeThrough }) => [source, completeThrough]),
    ),
  };
}

function onePerSubject(mostSeriousFirst: readonly Problem[]): Problem[] {
  const bySubject = new Map<string, Problem>();
  for (const problem of mostSeriousFirst)
    if (!bySubject.has(problem.subject)) bySubject.set(problem.subject, problem);
  return [...bySubject.values()];
}
