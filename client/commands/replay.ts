import { defineCommand } from '../command.ts';

export const replayCommand = defineCommand({
  name: 'replay',
  summary: 'check that open workflows replay on this version',
  description:
    'Replays the histories of open workflows with the code of this version. Run it before the workers of this version start. Exits with code 1 and names the runs that this version would break. Changes nothing.',
  options: {
    query: {
      value: 'filter',
      description: 'which runs, as a Temporal list filter',
      default: 'ExecutionStatus = "Running"',
    },
    save: { value: 'folder', description: 'save the histories in this folder, for replay tests' },
  },
  example: `tidehouse replay --query 'WorkflowType = "sync"'`,
  requires: 'context',
  runsWorkflows: true,
  run: async (context, options) => (await import('../replay/replay.ts')).replay(context, options),
});
