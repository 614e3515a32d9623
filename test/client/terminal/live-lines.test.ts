import { createLiveLines } from '../../../client/terminal/live-lines.ts';

test('lines are drawn over the previous ones, and removed at the end', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true });
  const lines = createLiveLines(terminal);
  lines.draw(['one', 'two']);
  lines.draw(['three']);
  lines.clear();
  expect(written()).toBe('one\ntwo\n<up><up>three\n<up>');
});

test('a message stays above the drawn lines', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true });
  const lines = createLiveLines(terminal);
  lines.draw(['one']);
  lines.log('message');
  expect(written()).toBe('one\n<up>message\none\n');
});

test('a line never wraps', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true, columns: 6 });
  createLiveLines(terminal).draw(['project_a  extracting', 'a\tb']);
  expect(written()).toBe('proj…\na b\n');
});

test('more lines than the terminal has rows are cut, because they could not be redrawn', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true, rows: 3 });
  const lines = createLiveLines(terminal);
  lines.draw(['one', 'two', 'three']);
  lines.clear();
  expect(written()).toBe('one\n… and 2 more lines\n<up><up>');
});

test('lines that a narrower terminal has broken into rows are removed with all their rows', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true, columns: 20 });
  const lines = createLiveLines(terminal);
  lines.draw(['project_a  landed', 'b']);
  terminal.columns = 9;
  lines.draw(['b']);
  expect(written()).toBe('project_a  landed\nb\n<up><up><up>b\n');
});

test('colours are used only if the terminal has them', () => {
  const plain = fakeTerminal({ isTTY: true });
  createLiveLines(plain.terminal).draw(['project_a  landed']);
  expect(plain.written()).toBe('project_a  landed\n');

  const colourful = fakeTerminal({ isTTY: true, hasColors: () => true });
  createLiveLines(colourful.terminal).draw(['project_a  landed', 'project_b  failed']);
  expect(colourful.written()).toBe('project_a  \x1b[32mlanded\x1b[39m\nproject_b  \x1b[31mfailed\x1b[39m\n');
});

test('without a terminal nothing is drawn, and messages are plain lines', () => {
  const { terminal, written } = fakeTerminal({ hasColors: () => true });
  const lines = createLiveLines(terminal);
  lines.draw(['project_a  landed']);
  lines.log('message');
  lines.clear();
  expect(written()).toBe('message\n');
});

function fakeTerminal(of: { isTTY?: boolean; columns?: number; rows?: number; hasColors?: () => boolean }) {
  let all = '';
  const terminal = { ...of, write: (text: string) => (all += text) };
  return { terminal, written: () => all.replaceAll('\x1b[1A\x1b[2K', '<up>') };
}
