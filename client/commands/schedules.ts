import { scheduleIds } from '../../model/schedules.ts';
import type { CommandGroup } from '../command.ts';
import { defineCommand } from '../command.ts';

const load = () => import('../schedules/commands.ts');

const schedule = { id: { description: 'the schedule', choices: scheduleIds } } as const;

const reason = {
  reason: { value: 'text', description: 'why, for the note of the schedule' },
  note: { value: 'text', description: 'alias of --reason' },
} as const;

const plan = defineCommand({
  name: 'plan',
  summary: 'show what "schedules apply" would change',
  description: 'Compares the schedules in Temporal with the config. Changes nothing.',
  example: 'tidehouse schedules plan --json',
  requires: 'context',
  run: async (context) => (await load()).planCommand(context),
});

const apply = defineCommand({
  name: 'apply',
  summary: 'create and update the schedules according to the config',
  description:
    'Creates missing schedules and updates those that differ from the config, and registers the search attributes of runs where that is allowed. A new schedule `sync` starts its first run at once. A paused schedule stays paused and keeps its note. A schedule that is no longer in the config is left alone.',
  example: 'tidehouse schedules apply',
  requires: 'context',
  run: async (context) => (await load()).applyCommand(context),
});

const list = defineCommand({
  name: 'list',
  summary: 'list the schedules with their next and last runs',
  description:
    'Lists the schedules of the config: whether each is paused, its next and last run, and its note. Of a last run that is completed it says how many tables were held back (`heldBack` with `--json`), and how many sources or places were still running when it ended (`stillRunning`). With an invalid config, lists those in Temporal.',
  example: 'tidehouse schedules list',
  requires: 'temporal',
  run: async (context) => (await load()).listCommand(context),
});

const pause = defineCommand({
  name: 'pause',
  summary: 'start no runs until the schedule is resumed',
  description: 'Pauses a schedule, with a note of who paused it and why. A run in progress continues.',
  arguments: schedule,
  options: reason,
  example: `tidehouse schedules pause sync --reason 'project_a is being moved'`,
  requires: 'temporal',
  run: async (context, { id, reason, note }) => (await load()).pauseCommand(context, id, reason ?? note),
});

const resume = defineCommand({
  name: 'resume',
  summary: 'let a paused schedule start runs again',
  description: 'Resumes a paused schedule, with a note of who resumed it and why.',
  arguments: schedule,
  options: reason,
  example: `tidehouse schedules resume sync --reason 'project_a was moved'`,
  requires: 'temporal',
  run: async (context, { id, reason, note }) => (await load()).resumeCommand(context, id, reason ?? note),
});

const trigger = defineCommand({
  name: 'trigger',
  summary: 'start a run now, unless one is in progress',
  description:
    'Starts a run in the same way as the schedule, and returns at once. Starts nothing while a run of the schedule is in progress.',
  arguments: schedule,
  example: 'tidehouse schedules trigger weather',
  requires: 'temporal',
  run: async (context, { id }) => (await load()).triggerCommand(context, id),
});

const backfill = defineCommand({
  name: 'backfill',
  summary: 'run the missed intervals of a past time range (at most two runs are started)',
  description:
    'Makes up for the runs that a schedule missed in a past time range. One run starts now and one after it: a run reads everything that has changed since the previous one, so more runs would find nothing to do.',
  arguments: schedule,
  options: {
    from: {
      value: 'time',
      description: 'start of the range: an instant, or a day from midnight UTC',
      required: true,
    },
    to: {
      value: 'time',
      description: 'end of the range: an instant, or a day from midnight UTC',
      required: true,
    },
  },
  example: 'tidehouse schedules backfill sync --from 2026-11-24T08:00:00Z --to 2026-11-24T10:00:00Z',
  requires: 'temporal',
  run: async (context, { id, from, to }) => (await load()).backfillCommand(context, id, from, to),
});

export const schedulesCommands: CommandGroup = {
  name: 'schedules',
  summary: 'manage the Temporal schedules',
  commands: [plan, apply, list, pause, resume, trigger, backfill],
};
