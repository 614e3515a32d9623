import { createLiveLines } from '../../../client/terminal/live-lines.ts';
import { redraw } from '../../../client/terminal/redraw.ts';

test('lines are drawn over those before, and taken away at the end', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true });
  const lines = createLiveLines(terminal);
  lines.draw(['one', 'two']);
  lines.draw(['three']);
  lines.clear();
  expect(written()).toBe('one\ntwo\n<up><up>three\n<up>');
});

test('news stays above the drawn lines', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true });
  const lines = createLiveLines(terminal);
  lines.draw(['one']);
  lines.say('news');
  expect(written()).toBe('one\n<up>news\none\n');
});

test('a line never wraps', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true, columns: 6 });
  createLiveLines(terminal).draw(['project_a  landing']);
  expect(written()).toBe('proje\n');
});

test('what is higher than the terminal is cut, for it could not be gone over', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true, rows: 3 });
  const lines = createLiveLines(terminal);
  lines.draw(['one', 'two', 'three']);
  lines.clear();
  expect(written()).toBe('one\ntwo\n<up><up>');
});

test('what is looked at again and again is drawn over itself until the end', async () => {
  const { terminal, written } = fakeTerminal({ isTTY: true });
  const end = new AbortController();
  let looks = 0;
  const look = () => {
    if (++looks === 3) end.abort();
    return Promise.resolve(`look ${looks}\nof 3`);
  };
  await redraw(createLiveLines(terminal), look, 1, end.signal);
  expect(written()).toBe('look 1\nof 3\n<up><up>look 2\nof 3\n<up><up>look 3\nof 3\n');
});

test('there is colour only where the terminal has it', () => {
  const plain = fakeTerminal({ isTTY: true });
  createLiveLines(plain.terminal).draw(['project_a  landed']);
  expect(plain.written()).toBe('project_a  landed\n');

  const colourful = fakeTerminal({ isTTY: true, hasColors: () => true });
  createLiveLines(colourful.terminal).draw(['project_a  landed', 'project_b  failed']);
  expect(colourful.written()).toBe('project_a  \x1b[32mlanded\x1b[39m\nproject_b  \x1b[31mfailed\x1b[39m\n');
});

test('elsewhere nothing is drawn, and news is plain lines', () => {
  const { terminal, written } = fakeTerminal({ hasColors: () => true });
  const lines = createLiveLines(terminal);
  lines.draw(['project_a  landed']);
  lines.say('news');
  lines.clear();
  expect(written()).toBe('news\n');
});

function fakeTerminal(of: { isTTY?: boolean; columns?: number; rows?: number; hasColors?: () => boolean }) {
  let all = '';
  const terminal = { ...of, write: (text: string) => (all += text) };
  return { terminal, written: () => all.replaceAll('\x1b[1A\x1b[2K', '<up>') };
}
