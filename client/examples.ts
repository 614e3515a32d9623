import type { Command } from 'commander';

/** An example of every command, by what is typed for it. */
const examples: Readonly<Record<string, string>> = {
  up: 'tidehouse up --fresh',
  migrate: 'tidehouse migrate --config /etc/tidehouse.yaml',
  worker: 'TIDEHOUSE_HEALTH=127.0.0.1:9464 tidehouse worker --queue tidehouse',
  sync: 'tidehouse sync --source project_a --source project_b',
  weather: 'tidehouse weather --place minsk --from 2026-11-01 --to 2026-11-07',
  'schedules apply': 'tidehouse schedules apply',
  'schedules plan': 'tidehouse schedules plan --json',
  'schedules list': 'tidehouse schedules list',
  'schedules pause': `tidehouse schedules pause sync --note 'project_a is being moved'`,
  'schedules resume': `tidehouse schedules resume sync --reason 'project_a was moved'`,
  'schedules trigger': 'tidehouse schedules trigger weather',
  'schedules backfill':
    'tidehouse schedules backfill sync --from 2026-11-24T08:00:00Z --to 2026-11-24T10:00:00Z',
  'alerts list': 'tidehouse alerts list --json',
  'alerts test': 'tidehouse alerts test',
  'alerts mute': 'tidehouse alerts mute source/project_b 2h',
  status: 'tidehouse status --watch',
  doctor: 'tidehouse doctor --json',
  replay: `tidehouse replay --query 'WorkflowType = "sync"'`,
  schema: 'tidehouse schema > tidehouse.schema.json',
  demo: 'tidehouse demo project_a=postgres://owner@localhost:5430/project_a --every 1',
  completion: 'source <(npx tidehouse completion bash)',
  names: 'tidehouse names sources',
};

/** Adds to the help of every command the example that there is for it. */
export function addExamples(program: Command, typed = ''): void {
  for (const command of program.commands) {
    const path = `${typed}${command.name()}`;
    const example = examples[path];
    if (example !== undefined) command.addHelpText('after', `\nExample:\n  ${example}`);
    addExamples(command, `${path} `);
  }
}
