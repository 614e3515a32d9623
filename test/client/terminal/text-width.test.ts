import { cutLine, harmless, widthOf } from '../../../client/terminal/text-width.ts';

test.each([
  ['orders', 6],
  ['Łódź', 4],
  ['e\u0301te\u0301', 3],
  ['заказы', 6],
  ['طلبات', 5],
  ['注文', 4],
  ['🚢', 2],
  ['👩‍🚀', 2],
  ['🇧🇾', 2],
])('%s takes %i columns', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

test('a line is cut between characters, to no more columns than there are', () => {
  expect(cutLine('注文', 4)).toBe('注文');
  expect(cutLine('注文の', 5)).toBe('注文…');
  expect(cutLine('注文の', 4)).toBe('注…');
  expect(cutLine('👩‍🚀👩‍🚀', 3)).toBe('👩‍🚀…');
});

test('what would move the cursor, or turn the text around, is shown and has no effect', () => {
  expect(harmless('a\x1b[2Jb\r\u202ec\u200b')).toBe('a�[2Jb��c�');
  expect(harmless('tab\tline\nمی\u200cخواهم 👩‍🚀')).toBe('tab\tline\nمی\u200cخواهم 👩‍🚀');
});
