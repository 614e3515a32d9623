import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import axios, { isAxiosError } from 'axios';
import type { ConfigReader } from '../../model/config.ts';
import { failureTypes } from '../../model/failure.ts';
import type { Timeouts } from '../postgres/timeouts.ts';
import { readConfigOrLast, reveal } from '../postgres/endpoints.ts';

/**
 * Calls the dead man's switch of the config, if there is one: it is outside, and notices when it is called no more, which
 * nothing in here could. Its address is a secret, and is in no error.
 */
export function createPing(reader: ConfigReader, { requestMs }: Timeouts) {
  return async (): Promise<void> => {
    const { ping } = (await readConfigOrLast(reader)).config.alerts;
    if (!ping) return;
    const url = await reveal(reader, ping);
    try {
      const { status } = await axios.get(url, {
        signal: AbortSignal.any([Context.current().cancellationSignal, AbortSignal.timeout(requestMs)]),
        maxContentLength: 1_000_000,
        responseType: 'text',
        validateStatus: () => true,
      });
      if (status >= 400) throw notTaken(`answered ${status}`);
    } catch (error) {
      if (error instanceof ApplicationFailure) throw error;
      throw notTaken(`could not be called (${(isAxiosError(error) && error.code) || 'no answer'})`);
    }
  };
}

function notTaken(what: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: failureTypes.unavailable,
    message: `The dead man's switch in alerts.ping ${what}.`,
  });
}
