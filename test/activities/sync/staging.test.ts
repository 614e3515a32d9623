import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { batchFolder, makeBatchFolder } from '../../../activities/sync/staging/folder.ts';
import { extractFailure } from '../../support/extract-failure.ts';
import { openStar } from '../../support/star.ts';
import type { Star } from '../../support/star.ts';
import { syncOnce } from '../../support/sync-once.ts';
import { visit } from '../../support/visit.ts';

let star: Star;

beforeEach(async () => {
  star = await openStar({ tables: { events: {}, pages: {} } });
  await visit(star.host, 1);
});
afterEach(() => star.close());

const landed = async () => {
  const { rows } = await star.warehouse.query<{ rows: string }>(
    'select (select count(*) from clean.events) + (select count(*) from clean.pages) as rows',
  );
  return Number(rows[0]!.rows);
};

test('a full staging disk is reported, nothing is landed or left there, and once there is space the next run lands everything', async () => {
  const folder = await mkdtemp(join(star.staging, 'small-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    console.warn('A full disk is not tested here: this user cannot mount a file system.');
    return;
  }
  try {
    await star.host.query(
      `insert into events (user_id, id, event_name, page_id, created_at) select 2, i, 'open', 1, now() from generate_series(1, 20000) i`,
    );
    const failure = await extractFailure(star, { staging: folder });
    expect(failure.message).toContain(`source "project_a": the staging folder ${folder}`);
    expect(failure.message).toMatch(/\(ENOSPC\)\. Free some space there.*Nothing was landed/);
    expect(failure.nonRetryable).toBe(false);
    expect(await readdir(join(folder, 'project_a'))).toEqual([]);
  } finally {
    execFileSync('umount', [folder]);
  }
  expect(await landed()).toBe(0);
  await syncOnce(star.activities, 'project_a');
  expect(await landed()).toBe(20_002);
});

test('a staging folder that cannot be written is reported', async () => {
  const folder = await mkdtemp(join(star.staging, 'locked-'));
  // Root ignores modes, but not a read-only file system.
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', folder]);
  else await chmod(folder, 0o500);
  try {
    const { message } = await extractFailure(star, { staging: folder });
    expect(message).toContain(`source "project_a": the staging folder ${folder}`);
    expect(message).toMatch(
      /cannot be written \((EROFS|ENOENT|EACCES)\)\. (Mount it writable|Check that the parent folder|Give the worker's user write permission there)/,
    );
  } finally {
    if (isRoot) execFileSync('umount', [folder]);
    else await chmod(folder, 0o700);
  }
});

test('a retry removes what earlier attempts of its run left, and nothing of a later one or of another run', async () => {
  const left: [made: string, then: string[]][] = [
    ['run-1', ['run-1']],
    ['other-1', ['other-1', 'run-1']],
    ['run-1.2', ['other-1', 'run-1.2']],
    ['run-1.10', ['other-1', 'run-1.10']],
    ['run-2', ['other-1', 'run-2']],
    // An attempt that was frozen until another had taken its place.
    ['run-1.3', ['other-1', 'run-1.3', 'run-2']],
  ];
  for (const [made, then] of left) {
    await makeBatchFolder(star.staging, batchFolder(star.staging, 'project_a', made));
    expect((await readdir(join(star.staging, 'project_a'))).sort()).toEqual(then);
  }
});
