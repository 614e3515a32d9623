import type { Client } from '@temporalio/client';
import type { Config } from '../../model/config.ts';
import { alertsScheduleId, syncScheduleId, weatherScheduleId } from '../../model/names.ts';
import { describeSchedule } from './apply.ts';
import type { Difference } from './terms.ts';
import { differencesOf } from './terms.ts';
import { wantedSchedules } from './wanted.ts';

/** What `schedules apply` would do to one schedule, and whether somebody holds it. */
export interface PlannedSchedule {
  readonly id: string;
  /** `unwanted`: in Temporal, and no longer asked for by the config. */
  readonly plan: 'create' | 'update' | 'nothing' | 'unwanted';
  readonly differences: readonly Difference[];
  readonly paused: boolean;
  readonly note: string | null;
}

/** Compares the config with Temporal, and changes nothing. */
export async function planSchedules(client: Client, config: Config): Promise<PlannedSchedule[]> {
  const wanted = wantedSchedules(config);
  const planned = wanted.map(async ({ id, terms }): Promise<PlannedSchedule> => {
    const current = await describeSchedule(client, id);
    if (!current) return { id, plan: 'create', differences: [], paused: false, note: null };
    const differences = differencesOf(current, terms);
    const { paused, note = null } = current.state;
    return { id, plan: differences.length > 0 ? 'update' : 'nothing', differences, paused, note };
  });
  const ours = [syncScheduleId, weatherScheduleId, alertsScheduleId];
  const gone = ours.filter((id) => !wanted.some((each) => each.id === id));
  const left = gone.map(async (id): Promise<PlannedSchedule[]> => {
    const current = await describeSchedule(client, id);
    if (!current) return [];
    const { paused, note = null } = current.state;
    return [{ id, plan: 'unwanted', differences: [], paused, note }];
  });
  return [...(await Promise.all(planned)), ...(await Promise.all(left)).flat()];
}

/** The plan as people read it. */
export function renderPlan(planned: readonly PlannedSchedule[]): string {
  const todo = planned.some(({ plan }) => plan === 'create' || plan === 'update');
  const lines = planned.flatMap(({ id, plan, differences, paused, note }) => [
    `${id}: ${saying[plan](id)}`,
    ...differences.map(
      ({ what, is, wanted }) => `  ${what}: ${sayTerm(what, is)} → ${sayTerm(what, wanted)}`,
    ),
    ...(paused ? [`  paused${note ? `: ${note}` : ''}; apply keeps that`] : []),
  ]);
  return [...lines, ...(todo ? ['', 'Do it with: tidehouse schedules apply'] : [])].join('\n');
}

const saying: Readonly<Record<PlannedSchedule['plan'], (id: string) => string>> = {
  create: () => 'is missing, and would be created',
  update: () => 'differs, and would be changed',
  nothing: () => 'as in the config',
  unwanted: (id) =>
    `is not in the config, and is left alone; to remove it: temporal schedule delete -s ${id}`,
};

const times = new Set(['interval', 'offset', 'jitter', 'run timeout', 'execution timeout', 'catchup window']);

function sayTerm(what: string, value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return 'none';
  if (times.has(what)) return [value].flat().map(sayMs).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Exactly, for what may differ by little. */
function sayMs(ms: unknown): string {
  const [size, unit] = (
    [
      [3_600_000, 'h'],
      [60_000, 'm'],
      [1_000, 's'],
    ] as const
  ).find(([size]) => Number(ms) >= size && Number(ms) % size === 0) ?? [1, 'ms'];
  return `${Number(ms) / size}${unit}`;
}
