import { applySchedules } from '../apply-schedules.ts';
import type { Context } from '../context.ts';
import { temporalFor, withTemporal } from '../temporal.ts';

/** `schedules apply`: makes Temporal's schedules those of the config. */
export async function applyCommand({ found, config, printer }: Context): Promise<void> {
  const schedules = await withTemporal(temporalFor(found), (client) => applySchedules(client, config));
  printer.result({ schedules }, schedules.map(({ id, change }) => `${id} ${change}`).join('\n'));
}
