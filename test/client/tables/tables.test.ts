import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshDatabase } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { nowhere, tidehouse } from '../../support/run-command.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('lists what the config chooses of each source, with what is left out, masked or would be held back', async () => {
  const source = await freshDatabase('shop');
  try {
    await query(
      source.url,
      `create schema sales; create table sales.orders (id int primary key, email text, note text);
       create table no_key (v text); create table no_columns (); create table people (id int primary key, mail text); create table tmp_x (id int primary key)`,
    );
    const folder = await temporaryFolder('tables');
    const config = {
      sources: { shop: { url: source.url } },
      warehouse: { url: 'postgres://writer@127.0.0.1:1/analytics' },
      staging: './staging',
      tables: {
        all: { except: ['tmp_*', 'no_keys', 'people'] },
        people: { mask: { maill: null } },
        'sale.*': {},
        'sales.*': { as: '{table}', columns: { except: ['note'] }, mask: { email: null } },
      },
    };
    await writeFile(join(folder, 'tidehouse.yaml'), JSON.stringify(config));
    const args = ['--config', 'tidehouse.yaml', 'tables'];
    const { code, stdout, stderr } = await tidehouse([...args, '--json'], { folder });
    expect(stderr).toMatch(/The warehouse cannot be asked, so /);
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        tables: [
          {
            ...{ source: 'shop', as: 'no_key', table: 'no_key', strategy: 'copy', reason: 'no key' },
            ...{ key: [], bytes: expect.any(Number) as number, leftOut: [], masked: [] },
          },
          {
            ...{ source: 'shop', as: 'orders', table: 'sales.orders', strategy: 'sweep', key: ['id'] },
            ...{ bytes: expect.any(Number) as number, leftOut: ['note'], masked: ['email'] },
          },
          {
            ...{ source: 'shop', as: 'no_columns' },
            heldBack: 'it has no columns',
          },
          {
            ...{ source: 'shop', as: 'people' },
            heldBack: 'it has no column maill, which the config masks (did you mean mail?)',
          },
        ],
        unmatched: [{ line: 'all', except: 'no_keys', similar: 'no_key' }, { line: 'sale.*' }],
      },
    ]);
    const { stdout: asText } = await tidehouse(args, { folder });
    expect(asText).toContain(
      'all: its except names no_keys, and no source has such a table among those of the pattern (did you mean no_key?).\nsale.*: no source has a table that it stands for.\n',
    );
    expect(asText).toMatch(
      /^source +table +as +strategy +key +size +left out +masked +held back\nshop +no_key +no_key +copy: no key +[\d.]+ \w+\nshop +sales\.orders +orders +sweep +id +[\d.]+ \w+ +note +email\n/,
    );

    const gone = { url: `postgres://reader:hunter2@${nowhere}/gone` };
    await writeFile(
      join(folder, 'tidehouse.yaml'),
      JSON.stringify({ ...config, sources: { gone, ...config.sources } }),
    );
    const others = await tidehouse(args, { folder });
    expect(others.code).toBe(1);
    expect(others.stdout).toContain('\nshop    sales.orders  ');
    expect(others.stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^Source "gone": connection refused by \S+\. Check/,
    );
  } finally {
    await source.drop();
  }
});
