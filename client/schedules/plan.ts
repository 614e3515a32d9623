import type { Client } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import { scheduleIds } from '../../model/schedules.ts';
import { describeSchedule } from './apply.ts';
import type { Difference } from './terms.ts';
import { differencesOf } from './terms.ts';
import { wantedSchedules } from './wanted.ts';

/** What `schedules apply` would do to a schedule, and whether it is paused. */
export interface PlannedSchedule {
  readonly id: string;
  /** `unwanted`: it is in Temporal but no longer in the config. */
  readonly plan: 'create' | 'update' | 'nothing' | 'unwanted';
  readonly differences: readonly Difference[];
  readonly paused: boolean;
  readonly note: string | null;
}

/** Compares the schedules of the config with those in Temporal. Changes nothing. */
export async function planSchedules(client: Client, config: Config): Promise<PlannedSchedule[]> {
  const wanted = wantedSchedules(config);
  const planned = wanted.map(async ({ id, terms }): Promise<PlannedSchedule> => {
    const current = await describeSchedule(client, id);
    if (!current) return { id, plan: 'create', differences: [], paused: false, note: null };
    const differences = differencesOf(current, terms);
    const { paused, note = null } = current.state;
    return { id, plan: differences.length > 0 ? 'update' : 'nothing', differences, paused, note };
  });
  const others = scheduleIds.filter((id) => !wanted.some((each) => each.id === id));
  const unwanted = others.map(async (id): Promise<PlannedSchedule[]> => {
    const current = await describeSchedule(client, id);
    if (!current) return [];
    const { paused, note = null } = current.state;
    return [{ id, plan: 'unwanted', differences: [], paused, note }];
  });
  return [...(await Promise.all(planned)), ...(await Promise.all(unwanted)).flat()];
}

/** The plan as text. `temporal` is the shell command that calls Temporal's CLI. */
export function renderPlan(planned: readonly PlannedSchedule[], temporal: string): string {
  const pending = planned.some(({ plan }) => plan === 'create' || plan === 'update');
  const lines = planned.flatMap(({ id, plan, differences, paused, note }) => [
    `${id}: ${describePlan[plan](id, temporal)}`,
    ...differences.map(
      ({ term, current, wanted }) => `  ${term}: ${formatTerm(term, current)} → ${formatTerm(term, wanted)}`,
    ),
    ...(paused ? [`  paused, and stays paused${note ? `: ${note}` : ''}`] : []),
  ]);
  return [...lines, ...(pending ? ['', 'To make these changes: tidehouse schedules apply'] : [])].join('\n');
}

/** The shell command that deletes a schedule. */
export function deleteCommand(id: string, temporal: string): string {
  return `${temporal} schedule delete -s ${id}`;
}

const describePlan: Readonly<Record<PlannedSchedule['plan'], (id: string, temporal: string) => string>> = {
  create: () => 'missing, would be created',
  update: () => 'differs, would be updated',
  nothing: () => 'up to date',
  unwanted: (id, temporal) => `not in the config, left alone. To delete it: ${deleteCommand(id, temporal)}`,
};

const durations = new Set([
  'interval',
  'offset',
  'jitter',
  'run timeout',
  'execution timeout',
  'catchup window',
]);

function formatTerm(term: string, value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  if (durations.has(term)) return [value].flat().map(formatMs).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An exact duration, because two durations may differ by little. */
function formatMs(ms: unknown): string {
  const [size, unit] = (
    [
      [3_600_000, 'h'],
      [60_000, 'm'],
      [1_000, 's'],
    ] as const
  ).find(([size]) => Number(ms) >= size && Number(ms) % size === 0) ?? [1, 'ms'];
  return `${Number(ms) / size}${unit}`;
}
