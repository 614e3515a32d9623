import { screenWidth, wrapProse } from '../../../client/terminal/prose.ts';

test('sentences are wrapped at words, and a command at the end of one is not torn', () => {
  expect(
    wrapProse(
      'The demo sources change every few seconds. The next sync starts soon. To sync now: ./tidehouse sync --source project_a',
      50,
    ),
  ).toMatchInlineSnapshot(`
    "The demo sources change every few seconds. The
    next sync starts soon. To sync now:
    ./tidehouse sync --source project_a"
  `);
});

test.each([
  ['a statement', 'alter table "clean"."events" alter column "event_name" type text;'],
  ['a command that is indented', '  tidehouse sources remove project_a events user_sessions --rows keep'],
  [
    'a row of a table',
    'Warehouse         PGPASSFILE=.tidehouse/pgpass psql -h 127.0.0.1 -U tidehouse analytics',
  ],
])('%s stays one line, to be copied', (_what, line) => {
  expect(wrapProse(`Run:\n${line}`, 40)).toBe(`Run:\n${line}`);
});

test('output that no terminal shows is not wrapped', () => {
  expect(screenWidth({ columns: 80 })).toBe(Infinity);
  expect(screenWidth({ isTTY: true, columns: 80 })).toBe(79);
  const text = 'words '.repeat(100).trim();
  expect(wrapProse(text, screenWidth({}))).toBe(text);
});
