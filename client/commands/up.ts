import { defineCommand } from '../command.ts';

export const upCommand = defineCommand({
  name: 'up',
  summary: 'run everything on this machine: servers, demo data, worker, schedules',
  description:
    'Starts a Temporal server, four Postgres servers with demo data, a worker and the schedules on this machine, runs a first sync and weather observation, prints the addresses, and runs until Ctrl-C. The data is kept for the next start.',
  options: {
    fresh: { description: 'first delete the data of earlier starts' },
  },
  example: 'tidehouse up --fresh',
  requires: 'printer',
  run: async ({ printer }, options) => (await import('../up/up.ts')).up(printer, options),
});
