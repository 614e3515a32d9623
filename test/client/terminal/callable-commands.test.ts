import { commands } from '../../../client/commands/index.ts';
import { callable, commandNames } from '../../../client/terminal/callable-commands.ts';

const path = '/usr/bin:/home/ann/bin';
const as = (text: string, ...words: string[]) =>
  callable(text, { argv: ['node', ...words], env: { PATH: path }, folder: '/home/ann/tidehouse' });

test('a command is printed as the reader has called one', () => {
  const text = 'To sync now: tidehouse sync --source shop';
  expect(as(text, '/home/ann/bin/tidehouse')).toBe(text);
  expect(as(text, '/home/ann/tidehouse/tidehouse')).toBe('To sync now: ./tidehouse sync --source shop');
  expect(as(text, '/home/ann/shop/node_modules/.bin/tidehouse')).toBe(
    'To sync now: npx tidehouse sync --source shop',
  );
  expect(as(text, '/opt/tide water/tidehouse')).toBe(
    "To sync now: '/opt/tide water/tidehouse' sync --source shop",
  );
});

test('a command is printed with the config of the command that printed it', () => {
  const launcher = '/home/ann/bin/tidehouse';
  const run = 'Run: tidehouse migrate';
  expect(as(run, launcher, '--config', 'own.yaml', 'doctor')).toBe(
    'Run: tidehouse --config own.yaml migrate',
  );
  expect(as(run, launcher, 'doctor', '--config=my own.yaml')).toBe(
    "Run: tidehouse --config 'my own.yaml' migrate",
  );
  const up = 'Run: tidehouse init';
  expect(as(up, launcher, '--config', 'own.yaml', 'doctor')).toBe(up);
});

test('what names no command stays as it is, and so does what is callable already', () => {
  const launcher = '/home/ann/tidehouse/tidehouse';
  for (const text of [
    'queue tidehouse 1 worker',
    'No worker polls task queue "tidehouse".',
    './tidehouse status',
  ])
    expect(as(text, launcher, '--config', 'own.yaml', 'status')).toBe(text);
  const once = as('tidehouse status', launcher, '--config', 'own.yaml', 'status');
  expect(as(once, launcher, '--config', 'own.yaml', 'status')).toBe(once);
});

test('every command is known, but those that no text asks to run', () => {
  const all = commands.map(({ name }) => name);
  expect([...commandNames, 'demo', 'schema', 'up'].sort()).toEqual([...all].sort());
});
