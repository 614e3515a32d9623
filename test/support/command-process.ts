// The command `tidehouse`, except that it is killed when its parent process ends.
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
void import('../../client/main.ts');
