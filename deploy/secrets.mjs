// Generates the passwords of the composed system, one for each purpose and unique to this installation, and stores them
// under /run/secrets, where each service can read only its own folder. An existing secret is never regenerated.
//   docker compose run --rm secrets                     generates the missing secrets
//   docker compose run --rm secrets show pgadmin/password
//   docker compose run --rm -T secrets put tidehouse/project_d < file
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const root = process.env.SECRETS_FOLDER ?? '/run/secrets';

/** The owner of each folder: the user id in the service's image. */
const owners = {
  project_a: 999,
  project_b: 999,
  project_c: 999,
  warehouse: 999,
  'temporal-db': 999,
  temporal: 1000,
  tidehouse: 10001,
  demo: 10002,
  pgadmin: 5050,
  grafana: 472,
};
const sources = ['project_a', 'project_b', 'project_c'];

const command = process.argv[2] ?? 'make';
if (command === 'make') makeMissing();
else if (command === 'show') process.stdout.write(`${read(validName(process.argv[3]))}\n`);
else if (command === 'put') write(validName(process.argv[3]), readFileSync(0, 'utf8').trim());
else throw new Error(`Unknown command "${command}"; use make, show NAME or put NAME.`);

function makeMissing() {
  for (const folder of Object.keys(owners)) prepareFolder(folder);
  for (const source of sources)
    for (const role of ['superuser', 'application', 'reader']) ensure(`${source}/${role}`, random);
  for (const role of ['superuser', 'owner', 'analyst']) ensure(`warehouse/${role}`, random);
  ensure('temporal-db/superuser', random);

  // The same passwords in the formats that the clients need.
  for (const source of sources) {
    ensure(`tidehouse/${source}`, () => url('tidehouse_reader', `${source}/reader`, source, source));
    ensure(`demo/${source}`, () => url('application', `${source}/application`, source, source));
  }
  ensure('tidehouse/warehouse', () => url('tidehouse', 'warehouse/owner', 'warehouse', 'analytics'));
  ensure('temporal/database', () => read('temporal-db/superuser'));
  ensure('grafana/analyst', () => read('warehouse/analyst'));
  ensure('pgadmin/pgpass', () =>
    [
      ...sources.map((source) => `${source}:5432:*:application:${read(`${source}/application`)}`),
      `warehouse:5432:*:tidehouse:${read('warehouse/owner')}`,
    ].join('\n'),
  );

  // Passwords for people, and an external key; a value in .env overrides a generated one.
  for (const [name, password] of [
    ['pgadmin/password', process.env.PGADMIN_PASSWORD],
    ['grafana/password', process.env.GRAFANA_PASSWORD],
  ])
    if (password) write(name, password);
    else ensure(name, random);
  if (process.env.OPENWEATHER_API_KEY) write('tidehouse/openweather', process.env.OPENWEATHER_API_KEY);
}

function random() {
  return randomBytes(24).toString('base64url');
}

function url(role, password, host, database) {
  return `postgres://${role}:${read(password)}@${host}:5432/${database}`;
}

function validName(name) {
  if (name && /^[a-z_-]+\/[A-Za-z0-9_-]+$/.test(name) && name.split('/')[0] in owners) return name;
  throw new Error(
    `A secret's name has the form folder/name; the folders are ${Object.keys(owners).join(', ')}.`,
  );
}

function read(name) {
  return readFileSync(join(root, name), 'utf8').trim();
}

function ensure(name, value) {
  if (existsSync(join(root, name))) return;
  write(name, value());
  process.stdout.write(`generated ${name}\n`);
}

/** Writes the file completely or not at all; only its owner can read it. */
function write(name, value) {
  const [folder] = name.split('/');
  prepareFolder(folder);
  const path = join(root, name);
  writeFileSync(`${path}.new`, `${value}\n`, { mode: 0o400 });
  own(`${path}.new`, owners[folder]);
  renameSync(`${path}.new`, path);
}

function prepareFolder(folder) {
  mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
  own(join(root, folder), owners[folder]);
  chmodSync(join(root, folder), 0o500);
}

function own(path, owner) {
  if (process.getuid?.() === 0) chownSync(path, owner, owner);
}
