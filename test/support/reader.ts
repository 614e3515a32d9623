import type { Star } from './star.ts';
import { newBatch } from './sync-once.ts';

export const readerPassword = 'secret-of-the-reader';

/** A role at the star's first source that can read only `tables`. */
export async function openReader(
  star: Star,
  tables: readonly string[],
): Promise<{ url: string; name: string; drop(): Promise<unknown> }> {
  const name = `reader_${newBatch().replaceAll('-', '_')}`;
  await star.host.query(
    `create role ${name} login password '${readerPassword}'; grant select on ${tables.join(', ')} to ${name}`,
  );
  const url = new URL(star.hosts['project_a']!);
  url.username = name;
  url.password = readerPassword;
  return { url: url.href, name, drop: () => star.host.query(`drop owned by ${name}; drop role ${name}`) };
}
