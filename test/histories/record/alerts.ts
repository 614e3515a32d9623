import type { Duration } from '@temporalio/common';
import { ApplicationFailure } from '@temporalio/common';
import { applySchedules } from '../../../client/schedules/apply.ts';
import { chatsSignal, incidentId, muteId, muteSignal, resolvedSignal, unmuteSignal } from '../../../model/incident.ts';
import type { IncidentInput, IncidentState, Mute, Resolution } from '../../../model/incident.ts';
import { taskQueue, workflowTypes } from '../../../model/names.ts';
import type { alerts, incident } from '../../../workflows/index.ts';
import { refusal } from '../../support/chat-server.ts';
import { eventually } from '../../support/eventually.ts';
import { openWatch } from '../../support/watch.ts';
import { createGate } from './gate.ts';
import { recordInterrupted } from './interrupted.ts';
import { keepIn } from './recording.ts';
import type { Recording } from './recording.ts';

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Records the paths through `alerts` and `incident`. */
export async function recordAlerts(recording: Recording): Promise<void> {
  const watch = await openWatch({ identity: 'recorder' });
  const { client } = watch.temporal;
  watch.activities = { listSources: () => Promise.resolve({ names: [], searchAttributes: [] }) };
  await applySchedules(client, watch.config);
  const keep = keepIn(recording, client, { [watch.config.staging]: 'staging' });
  const lateBy = (time: string) =>
    watch.warehouse.query(
      `insert into ops.source (source, complete_through) values ('project_a', now() - $1::interval)
       on conflict (source) do update set complete_through = excluded.complete_through`,
      [time],
    );
  const subject = 'source/project_a';
  const incidentOf = (of: string) => client.workflow.getHandle<typeof incident>(incidentId(of));

  await lateBy('1 day');
  await watch.check();
  await keep('alerts-opened', 'alerts/1');
  await watch.notified(subject);
  await keep('incident-open', incidentId(subject));
  await lateBy('0 s');
  await watch.check();
  await keep('alerts-resolved', 'alerts/2');
  await incidentOf(subject).result();
  await keep('incident-notified', incidentId(subject));

  const open = (
    name: string,
    changed: Partial<IncidentInput>,
    workflowExecutionTimeout: Duration = '1 hour',
  ) =>
    client.workflow.start<typeof incident>(workflowTypes.incident, {
      taskQueue,
      workflowId: incidentId(name),
      workflowExecutionTimeout,
      args: [
        {
          problem: { subject: name, kind: 'failed', since: new Date().toISOString() },
          related: [], moreRelated: 0,
          silent: false,
          remindAfterMinutes: 0.5 / 60,
          ...changed,
        },
      ],
    });
  const resolution: Resolution = { at: new Date().toISOString() };
  const reminded = await open('test/reminded', {});
  await eventually(
    'it sent a reminder',
    async () => (await reminded.query<IncidentState>('state')).notifications.length > 1,
  );
  await reminded.signal<[Mute]>(muteSignal, { until: inMs(60_000) });
  await reminded.signal(resolvedSignal, resolution);
  await reminded.result();
  await keep('incident-reminded-and-muted', reminded.workflowId);

  const unmuted = await open('test/unmuted', { quietUntil: inMs(60_000) });
  await unmuted.signal<[Mute]>(muteSignal, { until: inMs(60_000) });
  await unmuted.signal(unmuteSignal);
  await watch.notified('test/unmuted');
  await unmuted.signal(resolvedSignal, resolution);
  await unmuted.result();
  await keep('incident-unmuted', unmuted.workflowId);

  const muted = await open('test/muted', { quietUntil: inMs(100) });
  await muted.signal<[Mute]>(muteSignal, { until: inMs(2_000) });
  await watch.notified('test/muted');
  const { chats } = watch.config.alerts.telegram!;
  const telegram = { ...watch.config.alerts.telegram!, chats: [...chats, { id: '-200' }] };
  watch.config = { ...watch.config, alerts: { ...watch.config.alerts, telegram } };
  await muted.signal<[readonly string[]]>(chatsSignal, ['-100', '-200']);
  await eventually(
    'the other chat is notified',
    async () => (await muted.query<IncidentState>('state')).notifications.some(({ chat }) => chat === '-200'),
  );
  await muted.signal(resolvedSignal, resolution);
  await muted.result();
  await keep('incident-muted-and-new-chat', muted.workflowId);

  for (const [name, ms] of [
    ['over', 100],
    ['taken-back', 60_000],
  ] as const) {
    const mute = await client.workflow.start(workflowTypes.mute, {
      taskQueue,
      workflowId: muteId(name),
      args: [{ until: inMs(ms) } satisfies Mute],
    });
    if (name === 'taken-back') await mute.cancel();
    await mute.result().catch(() => undefined);
    await keep(`mute-${name}`, mute.workflowId);
  }

  const quiet = await open('test/quiet', { quietUntil: inMs(60_000) });
  await quiet.signal(resolvedSignal, resolution);
  await quiet.result();
  await keep('incident-quiet', quiet.workflowId);

  const loud = await open('test/quiet-over', { quietUntil: inMs(300) });
  await watch.notified('test/quiet-over');
  await loud.signal(resolvedSignal, resolution);
  await loud.result();
  await keep('incident-quiet-over', loud.workflowId);

  const silent = await open('test/silent', { silent: true, remindAfterMinutes: 60 });
  await eventually(
    'it is open without a message',
    async () => (await silent.query<IncidentState>('state')).chats.length > 0,
  );
  await silent.signal(resolvedSignal, resolution);
  await silent.result();
  await keep('incident-silent', silent.workflowId);

  await recordInterrupted(
    keep,
    'incident',
    () => undefined,
    (n, timeout) => open(`test/interrupted/${n}`, { remindAfterMinutes: 60 }, timeout),
  );

  watch.chat.next(refusal(500, 'Internal Server Error'));
  const retried = await open('test/retried', {});
  await watch.notified('test/retried');
  await retried.signal(resolvedSignal, resolution);
  await retried.result();
  await keep('incident-notify-retried', retried.workflowId);

  const gate = createGate();
  gate.close();
  watch.activities = {
    async checkHealth() {
      await gate.pass();
      return { problems: [], ongoing: [], resolved: [], remindAfterMinutes: 1 };
    },
  };
  await recordInterrupted(keep, 'alerts', gate.release, (n, workflowExecutionTimeout) =>
    client.workflow.start<typeof alerts>(workflowTypes.alerts, {
      taskQueue,
      workflowId: `alerts/interrupted/${n}`,
      workflowExecutionTimeout,
    }),
  );
  gate.open();
  const problems = ['a', 'b', 'c', 'd'].map((name) => ({
    problem: { subject: `test/${name}`, kind: 'failed' as const, since: new Date().toISOString() },
  }));
  watch.activities = {
    checkHealth: () => Promise.resolve({ problems, ongoing: [], resolved: [], remindAfterMinutes: 1 }),
    ping: () => Promise.reject(ApplicationFailure.nonRetryable('The switch does not answer.')),
  };
  for (const workflowId of ['alerts/grouped', 'alerts/already-open']) {
    await client.workflow.execute<typeof alerts>(workflowTypes.alerts, { taskQueue, workflowId });
    await keep(workflowId.replace('/', '-'), workflowId);
  }
  for (const { problem } of problems) await incidentOf(problem.subject).signal(resolvedSignal, resolution);

  let failed = false;
  watch.activities = {
    checkHealth() {
      if (failed) return Promise.resolve({ problems: [], ongoing: [], resolved: [], remindAfterMinutes: 1 });
      failed = true;
      return Promise.reject(new Error('Once, and not again.'));
    },
  };
  await client.workflow.execute<typeof alerts>(workflowTypes.alerts, {
    taskQueue,
    workflowId: 'alerts/retried',
  });
  await keep('alerts-retried', 'alerts/retried');
  watch.activities = {};
  gate.open();

  watch.chat.always(refusal(403, 'Forbidden: bot was kicked from the group chat'));
  const refused = await open('test/refused', {});
  await eventually(
    'it was refused',
    async () => (await refused.query<IncidentState>('state')).undelivered['-100'],
  );
  await refused.signal(resolvedSignal, resolution);
  await refused.result();
  await keep('incident-refused', refused.workflowId);
  await watch.close();
}
