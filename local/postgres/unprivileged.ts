import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/**
 * The command prefix for a Postgres program. It is empty for ordinary users. Because Postgres refuses to run as root, root
 * gets a prefix that enters a user namespace in which root appears as nobody and still owns its files. The prefix program
 * execs the one that follows it, so the process id is that of Postgres.
 */
export async function unprivileged(): Promise<readonly string[]> {
  if (process.geteuid?.() !== 0) return [];
  try {
    await promisify(execFile)('unshare', ['-U', '--', 'true']);
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    const why = code === 'ENOENT' ? 'util-linux is not installed' : (stderr ?? '').trim() || message;
    throw new Error(
      `Postgres does not run as root, and "unshare -U", which would hide root from it, fails (${why}); run this as an ordinary user or allow user namespaces.`,
      { cause: error },
    );
  }
  return ['unshare', '-U', '--'];
}
