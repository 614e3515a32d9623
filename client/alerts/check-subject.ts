import type { Config } from '../../model/config.ts';
import { partsOf } from '../../model/incident.ts';
import { taskQueues } from '../../model/names.ts';
import { scheduleIds } from '../../model/schedules.ts';
import { labelsOfSubject } from '../../model/search-attributes.ts';
import { CommandFailure, exitCodes } from '../exit-codes.ts';
import { knownNames } from '../run/known-names.ts';

const others: readonly string[] = [
  ...scheduleIds.map((id) => `schedule/${id}`),
  ...taskQueues.map((queue) => `queue/${queue}`),
  'disk/staging',
  'warehouse',
  'config',
];

/**
 * Throws a CommandFailure for a subject that can have no incident, such as one with a typing error: to mute it would have no
 * effect, and say nothing of it. Without a config, the names of sources and places are not checked.
 */
export function checkSubject(subject: string, config: Config | undefined): void {
  const { source, place } = labelsOfSubject(subject);
  if (source === undefined && place === undefined && !others.includes(subject))
    throw new CommandFailure(
      exitCodes.invalid,
      `"${subject}" can have no incident. Subjects are source/<source>, place/<place>, ${others.join(', ')}, and those that docs/alerts.md lists.`,
    );
  // Those are of a source that the config may no longer have.
  if (!config || partsOf(subject).type === 'orphans') return;
  if (source !== undefined) knownNames('source', [source], Object.keys(config.sources));
  if (place !== undefined)
    knownNames(
      'place',
      [place],
      (config.weather?.places ?? []).map(({ name }) => name),
    );
}
