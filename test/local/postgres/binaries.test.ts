import { mkdir, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeLinks } from '../../../local/postgres/binaries.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('links missing after an install without scripts are created, even by two processes at the same time', async () => {
  const folder = await temporaryFolder('package');
  await mkdir(join(folder, 'native', 'lib'), { recursive: true });
  await writeFile(
    join(folder, 'native', 'pg-symlinks.json'),
    JSON.stringify(
      ['a', 'b', 'c'].map((name) => ({ source: `native/lib/${name}.so.1`, target: `native/lib/${name}.so` })),
    ),
  );
  await Promise.all([makeLinks(folder), makeLinks(folder)]);
  expect(await readlink(join(folder, 'native', 'lib', 'b.so'))).toBe('b.so.1');
});
