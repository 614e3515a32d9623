import type { CommandGroup } from '../command.ts';
import { defineCommand } from '../command.ts';

const load = () => import('../alerts/commands.ts');

const list = defineCommand({
  name: 'list',
  summary: 'list the open incidents',
  description:
    'Lists the open incidents: the problem, when it began, when the chats were notified, and until when the incident is quiet. Needs only Temporal, and no valid config.',
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
    'Sends no messages about an open incident for the given time. If it is resolved in the meantime, the chats are notified without a sound.',
  arguments: {
    incident: { description: 'the incident as shown by "alerts list", for example source/project_b' },
    time: { description: 'how long: 30m, 2h or 1d' },
  },
  example: 'tidehouse alerts mute source/project_b 2h',
  requires: 'temporal',
  run: async (context, { incident, time }) => (await load()).muteAlert(context, incident, time),
});

export const alertsCommands: CommandGroup = {
  name: 'alerts',
  summary: 'list, test and mute alerts',
  commands: [list, test, mute],
};
