import type { Action, Words } from './incident-words.ts';

/** What to run about problems for which a command is enough, in any language. */
export const commands: Words['actions'] = {
  failed: ({ type, name }) => runCommand(type, name),
  'held deletes': ({ name }) => ({ command: `tidehouse accept ${name} --deletes` }),
  audit: ({ name }) => ({
    command: `tidehouse audit --source ${name}`,
  }),
  'row count': ({ name }) => ({ command: `tidehouse resync ${name}` }),
  'held back': () => ({ command: 'tidehouse status' }),
  quarantine: ({ name }) => ({ command: `tidehouse quarantine list --source ${name}` }),
  orphans: () => ({ command: 'tidehouse sources' }),
  unreachable: () => ({ command: 'tidehouse doctor' }),
  missing: () => ({ command: 'tidehouse schedules apply' }),
  paused: ({ name }) => ({ command: `tidehouse schedules resume ${name}` }),
  idle: () => ({ command: 'tidehouse doctor' }),
  'no weather': ({ type, name }) => runCommand(type, name),
  'no worker': ({ name }) => ({ command: `tidehouse worker --queue ${name}` }),
};

/** The command that starts a run of the subject manually; `tidehouse doctor` when there is none. */
export function runCommand(type: string, name: string): Action {
  if (type === 'source') return { command: `tidehouse sync --source ${name}` };
  if (type === 'place') return { command: `tidehouse weather --place ${name}` };
  if (type === 'schedule') return { command: `tidehouse schedules trigger ${name}` };
  return { command: 'tidehouse doctor' };
}

/** The statement that shows at a standby how far it is behind its primary. */
export const standbyLag = 'select now() - pg_last_xact_replay_timestamp() as behind';

/**
 * The statement that shows the sessions of transaction `xmin` at the source. The id has 64 bits; a session shows the low
 * 32 of them.
 */
export function sessionsOf(xmin: string): string {
  return `select pid, usename, application_name, state, xact_start, query from pg_stat_activity where backend_xid = '${xmin}'::xid8::xid`;
}
