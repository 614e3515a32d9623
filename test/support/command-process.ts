import { launcher } from './run-command.ts';

// The command `tidehouse` as people run it, except that it ends, however it is, when whoever started it is gone.
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
void import(launcher);
