import { taskQueues } from '../../model/names.ts';
import { defineCommand } from '../command.ts';

export const workerCommand = defineCommand({
  name: 'worker',
  summary: 'run a Temporal worker',
  description:
    'Runs a Temporal worker until it is stopped. Any number of workers can run at once. The log goes to stderr, one JSON object per line. With the environment variables TIDEHOUSE_HEALTH, TIDEHOUSE_METRICS and TIDEHOUSE_PAGE (host:port) it serves its health, its metrics and the page.',
  options: {
    logLevel: {
      value: 'level',
      description: 'the lowest level to log',
      choices: ['trace', 'debug', 'info', 'warn', 'error'],
      default: 'info',
    },
    queue: {
      value: 'queue',
      description: 'serve only this task queue; can be repeated ("files" needs the weather folder)',
      choices: taskQueues,
      repeatable: true,
    },
  },
  example: 'TIDEHOUSE_HEALTH=127.0.0.1:9464 tidehouse worker --queue tidehouse',
  requires: 'context',
  runsWorkflows: true,
  run: async (context, options) => (await import('../connect/worker.ts')).worker(context, options),
});
