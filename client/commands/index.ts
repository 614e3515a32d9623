import type { Command, CommandGroup } from '../command.ts';
import { acceptCommand } from './accept.ts';
import { alertsCommands } from './alerts.ts';
import { auditCommand } from './audit.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { initCommand } from './init.ts';
import { migrateCommand } from './migrate.ts';
import { quarantineCommands } from './quarantine.ts';
import { repartitionCommand } from './repartition.ts';
import { replayCommand } from './replay.ts';
import { reportCommand } from './report.ts';
import { resyncCommand } from './resync.ts';
import { schedulesCommands } from './schedules.ts';
import { schemaCommand } from './schema.ts';
import { sourcesCommands } from './sources.ts';
import { statusCommand } from './status.ts';
import { syncCommand } from './sync.ts';
import { tablesCommand } from './tables.ts';
import { upCommand } from './up.ts';
import { weatherCommand } from './weather.ts';
import { workerCommand } from './worker.ts';

/** Every command, in the order of the help. */
export const commands: readonly (Command | CommandGroup)[] = [
  upCommand,
  initCommand,
  migrateCommand,
  repartitionCommand,
  workerCommand,
  syncCommand,
  weatherCommand,
  schedulesCommands,
  alertsCommands,
  statusCommand,
  reportCommand,
  tablesCommand,
  doctorCommand,
  sourcesCommands,
  auditCommand,
  resyncCommand,
  quarantineCommands,
  acceptCommand,
  replayCommand,
  demoCommand,
  schemaCommand,
];
