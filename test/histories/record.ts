/**
 * Records the histories that test/workflows/replay.test.ts replays, one of each path through each workflow, from a real
 * Temporal server, real Postgres servers and the real activities. Run it at a release, whose version is the folder's name:
 *
 *   npm run build && node dist/test/histories/record.js
 *
 * Recorded histories are never edited or recorded again: they represent runs that were open when the next release came.
 * Existing ones are left unchanged; only missing ones are added.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../activities/package-root.ts';
import setUp from '../support/global-setup.ts';
import tearDown from '../support/global-teardown.ts';
import { openTemporal } from '../support/temporal.ts';
import { recordAlerts } from './record/alerts.ts';
import type { Recording } from './record/recording.ts';
import { recordSync } from './record/sync.ts';
import { recordWeather } from './record/weather.ts';

async function record(): Promise<Recording> {
  const recording: Recording = new Map();
  const temporal = await openTemporal('recorder');
  await recordSync(temporal, recording);
  await recordWeather(temporal, recording);
  await temporal.close();
  await recordAlerts(recording);
  return recording;
}

async function main(): Promise<void> {
  await setUp();
  try {
    await addTo(releaseFolder(), await record());
  } finally {
    tearDown();
  }
}

function releaseFolder(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return join(packageRoot, 'test', 'histories', version);
}

async function addTo(folder: string, recording: Recording): Promise<void> {
  await mkdir(folder, { recursive: true });
  const added = [...recording].filter(([name]) => !existsSync(join(folder, `${name}.json`)));
  for (const [name, json] of added) await writeFile(join(folder, `${name}.json`), json, { flag: 'wx' });
  process.stdout.write(`Added ${added.length} of ${recording.size} histories to ${folder}.\n`);
}

void main();
