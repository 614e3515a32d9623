import { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import axios from 'axios';
import type { ConfigReader } from '../../model/config.ts';
import { createFailure, failureTypes } from '../../model/failure.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfigOrLast, reveal } from '../config.ts';
import { whyNoResponse } from '../no-response.ts';

/**
 * Calls the dead man's switch of the config, if it has one. That is an external service, so it notices when the calls
 * stop, whatever the reason. Its address is a secret and appears in no error.
 */
export function createPing(reader: ConfigReader, { requestMs }: Timeouts) {
  return async (): Promise<void> => {
    const { ping } = (await readConfigOrLast(reader)).config.alerts;
    if (!ping) return;
    const url = await reveal(reader, ping);
    const response = await axios
      .get(url, {
        signal: AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(requestMs)]),
        maxContentLength: 1_000_000,
        responseType: 'text',
        validateStatus: () => true,
      })
      .catch((error: unknown) => {
        // The original error has the address in it, so it is not passed on.
        throw pingFailure(`could not be called (${whyNoResponse(error)})`);
      });
    if (response.status >= 400) throw pingFailure(`returned ${response.status}`);
  };
}

function pingFailure(outcome: string): ApplicationFailure {
  const problem = `the dead man's switch ${outcome}`;
  return createFailure(failureTypes.unavailable, { causes: [{ problem, advice: 'Check alerts.ping.' }] });
}
