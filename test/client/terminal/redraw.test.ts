import { redraw } from '../../../client/terminal/redraw.ts';

/** What a terminal shows on the screen that redraw has opened, and whether it has been left. */
function fakeTerminal(size: { columns: number; rows: number }) {
  const screens: string[] = [];
  let isOpen = false;
  const write = (text: string) => {
    if (text.startsWith('\x1b[?1049')) isOpen = text.startsWith('\x1b[?1049h');
    else screens.push(text);
  };
  return { terminal: { isTTY: true, ...size, write }, screens, isOpen: () => isOpen };
}

test('each text is drawn over the previous one, as large as the terminal is then, until redraw is stopped', async () => {
  const { terminal, screens, isOpen } = fakeTerminal({ columns: 10, rows: 3 });
  const end = new AbortController();
  const texts = ['one\ntwo\nthree', 'one\ntwo\nthree', 'a line that is wide'];
  const render = () => {
    expect(isOpen()).toBe(true);
    // Somebody makes the window smaller.
    if (texts.length === 2) terminal.rows = 2;
    if (texts.length === 1) end.abort();
    return Promise.resolve(texts.shift()!);
  };
  await redraw(terminal, render, 1, end.signal);
  expect(screens).toEqual([
    '\x1b[Hone\x1b[K\ntwo\x1b[K\nthree\x1b[K\x1b[J',
    '\x1b[Hone\x1b[K\n… and 2 …\x1b[K\x1b[J',
    '\x1b[Ha line t…\x1b[K\x1b[J',
  ]);
  expect(isOpen()).toBe(false);
});

test('the terminal is left as it was when drawing fails', async () => {
  const { terminal, isOpen } = fakeTerminal({ columns: 10, rows: 3 });
  const failing = redraw(terminal, () => Promise.reject(new Error('no')), 1, new AbortController().signal);
  await expect(failing).rejects.toThrow('no');
  expect(isOpen()).toBe(false);
});
