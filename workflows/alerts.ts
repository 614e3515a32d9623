import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ParentClosePolicy,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  startChild,
} from '@temporalio/workflow';
import type { AlertsResult, IncidentInput, IncidentMemo } from '../model/incident.ts';
import { incidentId, wellSignal } from '../model/incident.ts';
import { oneLine } from '../model/summary.ts';
import { reasonOf } from './reason.ts';
import { incident, whatIs } from './incident.ts';
import { lookAround, ping } from './proxies.ts';

/** From so many on, those that are found at the same time are told of in one message. */
const many = 3;

/**
 * Looks around, opens an incident for each thing that is wrong and has none, and tells the others that are well again.
 * What is open is asked of Temporal each time, so that two of these at once, or one by hand, open nothing twice. At its
 * end it calls the dead man's switch: this look-around has been made.
 */
export async function alerts(): Promise<AlertsResult> {
  const { wrong, known, well, remindAfterMs } = await lookAround();
  const told = wrong.filter(({ holdMs }) => holdMs === 0).map(({ finding }) => finding.thing);
  const inOne = told.length >= many;
  for (const { finding, holdMs, heldUntil } of wrong) {
    const isFirst = finding.thing === told[0];
    const input = {
      finding,
      holdMs,
      remindAfterMs,
      silent: inOne && holdMs === 0 && !isFirst,
      others: inOne && isFirst ? told.slice(1) : [],
    };
    await open(input, {
      ...(heldUntil !== undefined && { heldUntil }),
      ...(input.silent && { toldWith: told[0]! }),
    });
  }
  for (const each of well)
    await getExternalWorkflowHandle(incidentId(each.thing))
      .signal(wellSignal, each.well)
      // It has closed by itself meanwhile.
      .catch((error: unknown) => log.info(reasonOf(error).message, { incident: each.thing }));
  const result = {
    wrong: [...known, ...wrong.map(({ finding }) => finding.thing)],
    well: well.map(({ thing }) => thing),
  };
  setCurrentDetails(details(result));
  await ping().catch((error: unknown) => log.warn(reasonOf(error).message));
  return result;
}

async function open(input: IncidentInput, memo: Pick<IncidentMemo, 'heldUntil' | 'toldWith'>): Promise<void> {
  const { finding } = input;
  try {
    await startChild(incident, {
      workflowId: incidentId(finding.thing),
      args: [input],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: oneLine(`${finding.thing}: ${whatIs(finding)}`),
      memo: {
        what: whatIs(finding),
        since: finding.since,
        ...memo,
      } satisfies IncidentMemo,
    });
  } catch (error) {
    // Another look-around at the same time has opened it.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

function details({ wrong, well }: AlertsResult): string {
  if (wrong.length === 0 && well.length === 0) return 'All is well.';
  return [
    ...wrong.map((thing) => `- wrong: ${thing}`),
    ...well.map((thing) => `- well again: ${thing}`),
  ].join('\n');
}
