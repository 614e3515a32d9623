import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freshWarehouse } from '../../support/postgres.ts';
import { query } from '../../support/query.ts';
import { unreachableSources } from '../../support/unreachable-sources.ts';

test('report writes one file with all that can be read, and a sentence for the rest; and says why it cannot write', async () => {
  const warehouse = await freshWarehouse();
  await query(
    warehouse.url,
    `insert into ops.source (source, complete_through, error, error_at)
     values ('project_a', now() - interval '5 hours', 'source "project_a": it is <down>.', now())`,
  );
  const sources = await unreachableSources(warehouse.url);
  const { folder } = sources;
  const { code, stdout } = await sources.run('report', '--out', 'r.html');
  expect([code, stdout]).toEqual([0, 'Written to r.html.\n']);
  const page = await readFile(join(folder, 'r.html'), 'utf8');
  expect(page).toContain('It is &#60;down&#62;.');
  expect(page).toMatch(/<strong>project_b<\/strong><\/td><td[^>]*>never</);
  expect(page.replace(/\s+/g, ' ')).toContain('<h1>1 problem needs somebody, since');
  expect(
    page.match(/Temporal (has not answered within four seconds|does not answer)/g)!.length,
  ).toBeGreaterThanOrEqual(3);
  expect(page).toContain('The config has no places.');
  expect(page).toContain('No session began in the last 30 days.');
  expect(page).not.toContain('postgres://');

  expect(await sources.run('report', '--out', 'no/such/folder.html')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^no\/such\/folder\.html cannot be written \(ENOENT\)\. Name a file/,
    ) as string,
  });
  await warehouse.drop();
});
