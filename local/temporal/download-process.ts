import { TestWorkflowEnvironment } from '@temporalio/testing';

/** The only message of this process; without an error the download is complete. */
export interface DownloadReport {
  readonly error?: string;
}

/**
 * The entry point of the process that `download.ts` starts, with a version and a folder as arguments: has the SDK download
 * the CLI. The SDK can do that only by starting a server.
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
