import { defineCommand } from '../command.ts';

export const reportCommand = defineCommand({
  name: 'report',
  summary: 'write the page as one HTML file',
  description:
    'Writes the page that "tidehouse up" and a worker with TIDEHOUSE_PAGE serve as one HTML file: whether all is good, how current each source is, runs, rows, incidents, weather and sessions. The file opens without a network. What cannot be read, because Temporal or the warehouse is out of reach, is said in its place.',
  options: {
    out: { value: 'file', description: 'the file to write', default: 'report.html' },
  },
  example: 'tidehouse report --out report.html',
  requires: 'context',
  run: async (context, { out }) => (await import('../report/report.ts')).report(context, out),
});
