import { formatBytes } from './bytes.ts';
import { formatDuration } from './duration.ts';
import { partsOf } from './incident.ts';
import { commands, runCommand, sessionsOf, standbyLag } from './incident-commands.ts';
import type { ProblemOfSubject, Words } from './incident-words.ts';
import { phraseOf } from './incident-words.ts';
import { formatCount } from './number.ts';
import { formatMinute } from './time.ts';

const named = (type: string, name: string) => {
  if (type === 'place') return `Weather for ${name}`;
  return type === 'schedule' ? `The ${name} schedule` : name;
};

/**
 * The problem as one English sentence without a full stop, for lists, the page and Temporal's Web UI. `age` is how long it has
 * lasted, where known.
 */
export function problemSentence(problem: ProblemOfSubject, age?: string): string {
  const { opened, detail } = phraseOf(english, problem, age);
  return `${opened}: ${detail}`;
}

const lateDetails = {
  'old data': (through: string) =>
    `its runs succeed, but what they find at the source is complete only through ${through}`,
  'rare runs': (through: string) =>
    `its runs succeed, but start less often than late_after; its data is complete only through ${through}`,
  'nothing landed': (through: string) =>
    `no run of it has landed for some time; its data is complete only through ${through}`,
  unknown: (through: string) => `its runs succeed, but its data is complete only through ${through}`,
};

export const english: Words = {
  phrases: {
    failed: ({ type, name }) => ({
      opened: `${named(type, name)} is failing`,
      reminder: `${named(type, name)} is still failing`,
      detail: 'its last run failed',
    }),
    late: ({ name, problem, age }) => ({
      opened: age === undefined ? `${name} is behind` : `${name} is ${age} behind`,
      reminder: `${name} is still behind`,
      detail: lateDetails[problem.cause ?? 'unknown'](formatMinute(problem.completeThrough)),
    }),
    clock: ({ name, problem: { ahead } }) => ({
      opened: `The clock of ${name} is off`,
      reminder: `The clock of ${name} is still off`,
      detail: `it is ${formatDuration(Math.abs(ahead))} ${ahead > 0 ? 'ahead of' : 'behind'} that of the warehouse, and so are the times that it writes`,
    }),
    'long transaction': ({ name, problem }) => ({
      opened: `A long transaction is open on ${name}`,
      reminder: `A long transaction is still open on ${name}`,
      detail: `until transaction ${problem.xmin} ends, each run rereads everything that has changed since it began`,
    }),
    'row count': ({ name, problem }) => ({
      opened: `Row counts of ${name} do not reconcile`,
      reminder: `Row counts of ${name} still do not reconcile`,
      detail: `rows at the source minus rows in the warehouse: ${problem.tables}`,
    }),
    'held deletes': ({ name, problem }) => ({
      opened: `Unusually many rows were deleted on ${name}`,
      reminder: `Unusually many deletes on ${name} are still waiting to be accepted`,
      detail: `they stay in the warehouse until somebody accepts that they are deleted: ${problem.tables}`,
    }),
    audit: ({ name, problem }) => ({
      opened: `An audit of ${name} has found differences`,
      reminder: `${name} has not passed an audit since`,
      detail: `rows that were not as they are at the source, and were read again: ${problem.tables}`,
    }),
    'held back': ({ name }) => ({
      opened: `Table ${name} cannot land`,
      reminder: `Table ${name} still cannot land`,
      detail: 'its rows stay as they last landed; the other tables of its source land',
    }),
    quarantine: ({ name, problem }) => ({
      opened: `Rows of ${name} are refused by the warehouse`,
      reminder: `Rows of ${name} are still in quarantine`,
      detail: `they wait in quarantine while the others land: ${problem.tables}`,
    }),
    'dropped columns': ({ name, problem }) => ({
      opened: `${name} has dropped columns that views read`,
      reminder: `Views still read columns that ${name} has dropped`,
      detail: `they are empty in rows written since: ${problem.columns}`,
    }),
    orphans: ({ name, problem: { tables, rows } }) => ({
      opened:
        tables === '' ? `The config no longer has source ${name}` : `Tables of ${name} are no longer read`,
      reminder: `Rows of ${name} that are no longer read are still there`,
      detail: `${formatCount(rows, 'row')}${tables === '' ? '' : ` (${tables})`} stay in the warehouse until somebody decides what becomes of them`,
    }),
    unreachable: () => ({
      opened: 'The warehouse is unavailable',
      reminder: 'The warehouse is still unavailable',
      detail: 'runs cannot use it',
    }),
    'task failing': ({ name }) => ({
      opened: `The workflow of ${name} cannot continue`,
      reminder: `The workflow of ${name} still cannot continue`,
      detail: 'its code fails on every attempt',
    }),
    retrying: ({ name, problem: { activity, attempts } }) => ({
      opened: `${name}: ${activity} keeps failing`,
      reminder: `${name}: ${activity} is still failing`,
      detail: `it has failed ${formatCount(attempts - 1, 'time')}, and its run is still retrying it`,
    }),
    overdue: ({ name, problem: { usualSeconds } }) => ({
      opened: `${name} is taking much longer than usual`,
      reminder: `${name} is still taking much longer than usual`,
      detail:
        usualSeconds > 0
          ? `its run usually takes ${formatDuration(usualSeconds)}`
          : 'its first run is still open',
    }),
    missing: ({ name }) => ({
      opened: `The ${name} schedule is missing`,
      reminder: `The ${name} schedule is still missing`,
      detail: 'no runs are started',
    }),
    paused: ({ name }) => ({
      opened: `The ${name} schedule is paused`,
      reminder: `The ${name} schedule is still paused`,
      detail: 'its note does not show who paused it',
    }),
    idle: ({ name, problem }) => ({
      opened: `The ${name} schedule has stopped starting runs`,
      reminder: `The ${name} schedule is still not starting runs`,
      detail: `no run has started since ${formatMinute(problem.last)}`,
    }),
    'no weather': ({ name, problem }) => ({
      opened: `No new weather for ${name}`,
      reminder: `Still no new weather for ${name}`,
      detail: `the last observation is from ${formatMinute(problem.last)}`,
    }),
    'disk full': ({ problem: { freeBytes, freeShare } }) => ({
      opened: 'The staging disk is nearly full',
      reminder: 'The staging disk is still nearly full',
      detail: `${formatBytes(freeBytes)} free (${(100 * freeShare).toFixed(1)} %)`,
    }),
    'no worker': ({ name }) => ({
      opened: `No worker is running for the ${name} queue`,
      reminder: `Still no worker is running for the ${name} queue`,
      detail: 'its activities are waiting for one',
    }),
    'invalid config': () => ({
      opened: 'The config is invalid',
      reminder: 'The config is still invalid',
      detail: 'no run can start; this message was sent with the last valid config',
    }),
    test: () => ({
      opened: 'This is a test message',
      reminder: 'This is a test reminder',
      detail: '"tidehouse alerts test" sent it to show that messages arrive; there is no problem',
    }),
  },
  resolved({ kind, subject }) {
    const { type, name } = partsOf(subject);
    if (kind === 'test') return 'The test is over';
    const headlines: Readonly<Record<string, string>> = {
      place: `Weather for ${name} has recovered`,
      schedule: `The ${name} schedule is working again`,
      queue: `The ${name} queue has a worker again`,
      'row-count': `Row counts of ${name} reconcile again`,
      table: `Table ${name} lands again`,
      deletes: `No deletes on ${name} are waiting to be accepted any more`,
      clock: `The clock of ${name} is right again`,
      audit: `The audit of ${name} found no differences`,
      quarantine: `No rows of ${name} are in quarantine any longer`,
      columns: `The views of ${name} have all their columns again`,
      orphans: `It is decided what becomes of the rows of ${name}`,
      'long-transaction': `The long transaction on ${name} has ended`,
      warehouse: 'The warehouse is available again',
      disk: 'The staging disk has enough space again',
      config: 'The config is valid again',
    };
    return headlines[type] ?? `${name} has recovered`;
  },
  actions: {
    ...commands,
    late: ({ type, name, problem: { cause } }) => {
      if (cause === 'old data')
        return {
          text: 'If the source is a standby, this statement shows there how far it is behind. Otherwise see in its last run which activity took that long.',
          sql: standbyLag,
        };
      if (cause === 'rare runs')
        return {
          text: 'Set "schedules.sync" in the config to less than "alerts.late_after", or raise that, and run "tidehouse schedules apply".',
        };
      return runCommand(type, name);
    },
    clock: () => ({ text: 'Set the clock of the source host, or that of the warehouse.' }),
    'long transaction': ({ problem }) => ({
      text: 'Commit or end the transaction at the source; this statement shows its session, unless it is prepared (pg_prepared_xacts).',
      sql: sessionsOf(problem.xmin),
    }),
    'dropped columns': () => ({
      text: 'Add the columns again at the source, or change the views so that they do without them.',
    }),
    'task failing': () => ({
      text: 'Open the run to see the error, and check which version of the worker was deployed last.',
    }),
    overdue: () => ({
      text: 'Open the run to see what it is waiting for. Terminate it if it hangs: nothing is lost, and the next run starts again.',
    }),
    'disk full': () => ({ text: 'Free some space, or name another folder under "staging" in the config.' }),
    'invalid config': () => ({ text: 'Correct the config; the next runs use it without a restart.' }),
  },
  labels: {
    cause: 'Cause',
    since: 'Since',
    lasted: 'Lasted',
    completeThrough: 'Complete again through',
    unaffected: 'Not affected',
    related: 'Also found',
    responsible: 'Responsible',
    run: 'Run',
    next: 'Next',
    mute: 'Mute',
  },
  table: (name) => `table "${name}"`,
  time: formatMinute,
  duration: formatDuration,
  lastingFor: (duration) => `for ${duration}`,
};
