import { Client, Connection } from '@temporalio/client';
import { ConfigError } from '../../model/config.ts';
import { createPage } from '../../page/page.ts';
import { servePage } from '../../page/serve.ts';

const temporal = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });

/** A config that is read only when it is let, and is invalid then. */
function gatedReader() {
  const gates: (() => void)[] = [];
  return {
    reads: () => gates.length,
    open: () => gates.at(-1)!(),
    reader: {
      async read(): Promise<never> {
        await new Promise<void>((resolve) => gates.push(resolve));
        throw new ConfigError(['It is invalid.']);
      },
      reveal: () => Promise.reject(new Error('nothing is revealed')),
    },
  };
}

test('however many ask for the page, one reads for it; while that takes long, readers get the last page', async () => {
  const { reader, reads, open } = gatedReader();
  let now = 0;
  const page = createPage({ reader, temporal }, () => now);
  const first = Array.from({ length: 50 }, () => page());
  open();
  const [made, ...others] = await Promise.all(first);
  expect(made!.text).toContain('The config is invalid: run tidehouse doctor.');
  expect(new Set(others)).toEqual(new Set([made]));
  expect(reads()).toBe(1);

  expect(await page()).toBe(made);
  now += 6_000;
  const last = Promise.all([page(), page(), page()]);
  expect((await last).every((each) => each === made)).toBe(true);
  expect(reads()).toBe(2);

  // It took ten seconds, so it is kept for two hundred.
  now += 10_000;
  open();
  let next = made;
  while (next === made) next = await page();
  now += 199_000;
  expect(await page()).toBe(next);
  now += 2_000;
  await page();
  expect(reads()).toBe(3);
  open();

  // Nobody gets the page of last night.
  now += 8 * 3_600_000;
  const morning = page();
  open();
  expect(await morning).not.toBe(next);
});

test('the page is served at / only, to those who read', async () => {
  const { reader, open } = gatedReader();
  const server = await servePage({ host: '127.0.0.1', port: 0 }, { reader, temporal });
  const get = fetch(server.url);
  expect((await fetch(`${server.url}/../etc/passwd`)).status).toBe(404);
  expect((await fetch(`${server.url}//`)).status).toBe(404);
  expect((await fetch(server.url, { method: 'POST' })).status).toBe(405);
  open();
  const answer = await get;
  expect([answer.status, answer.headers.get('x-content-type-options')]).toEqual([200, 'nosniff']);
  expect(answer.headers.get('content-encoding')).toBe('gzip');
  expect(await answer.text()).toMatch(/^<!doctype html>[^]*<\/html>\s*$/);
  server.close();
});
