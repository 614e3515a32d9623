import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * What has to stand before a Postgres program: nothing, or, for root, whom Postgres refuses, a user namespace in which
 * root is nobody and still owns its files. The namespace's program becomes what follows it: the process id is Postgres's.
 */
export async function unprivileged(): Promise<readonly string[]> {
  if (process.geteuid?.() !== 0) return [];
  try {
    await promisify(execFile)('unshare', ['-U', '--', 'true']);
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    const why = code === 'ENOENT' ? 'util-linux is not installed' : (stderr ?? '').trim() || message;
    throw new Error(
      `Postgres does not run as root, and "unshare -U", which hides root from it, fails (${why}); run this as an ordinary user or allow user namespaces.`,
      { cause: error },
    );
  }
  return ['unshare', '-U', '--'];
}
