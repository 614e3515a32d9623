import { proxyActivities } from '@temporalio/workflow';

const { listHosts } = proxyActivities<{ listHosts(): Promise<string[]> }>({ startToCloseTimeout: '1 hour' });

/** A `sync` from another version, which calls another activity. */
export async function sync(): Promise<string[]> {
  return listHosts();
}

/** A workflow that this version no longer has. */
export async function nightly(): Promise<string[]> {
  return listHosts();
}
