import type { CommandGroup } from '../command.ts';
import { defineCommand } from '../command.ts';

const load = () => import('../alerts/commands.ts');

const list = defineCommand({
  name: 'list',
  summary: 'list the open incidents',
  description:
    'Lists the open incidents: the problem, when it began, when the chats were notified, and until when the incident is quiet or muted; then the subjects that are muted for a time. Needs only Temporal, and no valid config.',
  example: 'tidehouse alerts list --json',
  requires: 'temporal',
  run: async (context) => (await load()).listAlerts(context),
});

const test = defineCommand({
  name: 'test',
  summary: 'send one test message of each kind to each chat',
  description:
    'Sends each chat three test messages (a problem, a reminder, a resolution) in the same way as for a real incident, and waits until they are delivered.',
  example: 'tidehouse alerts test',
  requires: 'temporal',
  run: async (context) => (await load()).testAlerts(context),
});

const mute = defineCommand({
  name: 'mute',
  summary: 'mute an open incident for a while',
  description:
    'Sends no messages about an open incident for the given time. The last mute counts, so a shorter one ends earlier. The mute ends with the incident: a later failure is announced as usual. If the incident is resolved in the meantime, the chats are notified without a sound. With --window, whatever happens to the subject within that time is announced at its end, if it is still a problem then, whether an incident is open now or not: for planned maintenance.',
  arguments: {
    incident: { description: 'the incident as shown by "alerts list", for example source/project_b' },
    time: { description: 'how long: 30m, 2h or 1d' },
  },
  options: { window: { description: 'mute every incident of the subject within this time' } },
  example: 'tidehouse alerts mute source/project_b 2h',
  requires: 'temporal',
  run: async (context, { incident, time, window }) =>
    (await load()).muteAlert(context, incident, time, window),
});

const unmute = defineCommand({
  name: 'unmute',
  summary: 'take a mute back',
  description:
    'Takes back what "alerts mute" has set for a subject. An incident that is still open is announced now, or reminds at its usual time.',
  arguments: { incident: { description: 'the incident as shown by "alerts list"' } },
  example: 'tidehouse alerts unmute source/project_b',
  requires: 'temporal',
  run: async (context, { incident }) => (await load()).unmuteAlert(context, incident),
});

export const alertsCommands: CommandGroup = {
  name: 'alerts',
  summary: 'list, test and mute alerts',
  commands: [list, test, mute, unmute],
};
