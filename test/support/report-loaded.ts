import { writeSync } from 'node:fs';

// Loaded before a program: prints the paths of all files that the program has loaded when it ends, one a line.
process.on('exit', () => writeSync(2, `${Object.keys(require.cache).join('\n')}\n`));
