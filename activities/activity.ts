import { Context } from '@temporalio/activity';
import type { Client } from 'pg';
import type { Config, ConfigReader } from '../model/config.ts';
import type { Progress } from '../model/progress.ts';
import type { Secret } from '../model/secret.ts';
import { withHeartbeat } from './heartbeat.ts';
import { withConnection, withPooledConnection } from './postgres/connection.ts';
import { readConfig, reveal } from './config.ts';
import { sourceEndpoint, warehouseEndpoint } from './postgres/endpoints.ts';
import type { Timeouts } from './postgres/timeouts.ts';

/** The dependencies of all activities. */
export interface Environment {
  readonly config: ConfigReader;
  readonly timeouts: Timeouts;
}

/** The context of one attempt of an activity. */
export interface Attempt {
  /** The current config. */
  readonly config: Config;
  readonly timeouts: Timeouts;
  /** Aborts when the activity is cancelled. */
  readonly signal: AbortSignal;
  /** Sets the progress for the next heartbeat. */
  readonly report: (progress: Progress) => void;
  /** The value of a secret in the config. */
  readonly reveal: (secret: Secret) => Promise<string>;
  /** Runs `work` with one connection to the source, and closes it. */
  onSource<T>(source: string, work: (client: Client) => Promise<T>): Promise<T>;
  /** Runs `work` with one connection to the warehouse, on behalf of `source` if any, and keeps it for the next activity. */
  onWarehouse<T>(source: string | undefined, work: (client: Client) => Promise<T>): Promise<T>;
}

/**
 * Defines an activity that runs `work` under heartbeats, with the current config and with connections that are closed at
 * its end and cut when it is cancelled. Its failures are ApplicationFailures that name the server they come from.
 */
export function defineActivity<Input, Output>(
  { config: reader, timeouts }: Environment,
  work: (attempt: Attempt, input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return (input) =>
    withHeartbeat<Progress, Output>({}, async (report, signal) => {
      const config = await readConfig(reader);
      return work(
        {
          config,
          timeouts,
          signal,
          report,
          reveal: (secret) => reveal(reader, secret),
          onSource: async (source, query) =>
            withConnection(await sourceEndpoint(reader, config, source), timeouts, signal, query),
          onWarehouse: async (source, query) =>
            withPooledConnection(await warehouseEndpoint(reader, config, source), timeouts, signal, query),
        },
        input,
      );
    });
}

/** The number of the current attempt, starting from 1. */
export function attemptNumber(): number {
  return Context.current().info.attempt;
}
