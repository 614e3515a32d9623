import { concurrently } from '../../model/concurrently.ts';

test('no more than the limit are at work at once, in order, and one that hangs holds one place only', async () => {
  const begun: number[] = [];
  const finish: (() => void)[] = [];
  const all = concurrently([0, 1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    await new Promise<void>((resolve) => (finish[item] = resolve));
    return item * 10;
  });
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([0, 1]);
  for (const item of [1, 2, 3]) {
    finish[item]!();
    await settled();
  }
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  finish[4]!();
  finish[0]!();
  expect(await all).toEqual([0, 10, 20, 30, 40]);
});

test('the first error is thrown', async () => {
  const failing = concurrently([1, 2], 2, (item) => Promise.reject(new Error(`number ${item}`)));
  await expect(failing).rejects.toThrow('number 1');
});

test('no items give no results', async () => {
  expect(await concurrently([], 3, () => Promise.reject(new Error('never called')))).toEqual([]);
});
