import { TestWorkflowEnvironment } from '@temporalio/testing';

/** The one report of this process; without an error the download is complete. */
export interface DownloadReport {
  readonly error?: string;
}

/**
 * The entry point of the process that `download.ts` starts, with a version and a folder as arguments: has the SDK download
 * the CLI. Starting a server is the SDK's only way to do that.
 */
async function main([version, downloadDir]: readonly string[]): Promise<void> {
  const executable = { type: 'cached-download', version: version!, downloadDir: downloadDir! } as const;
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
}

function report(outcome: DownloadReport): void {
  process.send!(outcome);
}

void main(process.argv.slice(2)).then(
  () => report({}),
  (error: unknown) => report({ error: error instanceof Error ? error.message : String(error) }),
);
