import { Context } from '@temporalio/activity';
import type { Client } from 'pg';
import type { Config, ConfigReader } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';
import { withHeartbeat } from './heartbeat.ts';
import { withConnection } from './postgres/connection.ts';
import { readConfig, reveal } from './config.ts';
import { sourceEndpoint, warehouseEndpoint } from './postgres/endpoints.ts';
import type { Timeouts } from './postgres/timeouts.ts';

/** What all activities are made with. */
export interface Environment {
  readonly config: ConfigReader;
  readonly timeouts: Timeouts;
}

/** What one attempt of an activity works with. */
export interface Attempt {
  /** The config as it stands now. */
  readonly config: Config;
  readonly timeouts: Timeouts;
  /** Aborts when the activity is cancelled. */
  readonly signal: AbortSignal;
  /** Progress, for the next heartbeat. */
  readonly report: (progress: object) => void;
  /** The value behind a reference of the config. */
  readonly reveal: (secret: Secret) => Promise<string>;
  /** Runs `work` with one connection to the source, and closes it. */
  onSource<T>(source: string, work: (client: Client) => Promise<T>): Promise<T>;
  /** Runs `work` with one connection to the warehouse, on behalf of `source`, and closes it. */
  onWarehouse<T>(source: string, work: (client: Client) => Promise<T>): Promise<T>;
}

/**
 * An activity that runs `work` under heartbeats, with the config read anew and connections that end with it: when it is
 * cancelled they are cut. Its failures are ApplicationFailures that name the server they come from.
 */
export function defineActivity<Input, Output>(
  { config: reader, timeouts }: Environment,
  work: (attempt: Attempt, input: Input) => Promise<Output>,
): (input: Input) => Promise<Output> {
  return (input) =>
    withHeartbeat<object, Output>({}, async (report, signal) => {
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
            withConnection(await warehouseEndpoint(reader, config, source), timeouts, signal, query),
        },
        input,
      );
    });
}

/** The number of the attempt that runs now: 1 for the first. */
export function attemptNumber(): number {
  return Context.current().info.attempt;
}
