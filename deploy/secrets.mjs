// Generates the passwords of the composed system under /run/secrets, where each service can read its own folder and no
// other. A password that exists is kept.
//   docker compose run --rm secrets                     generates what is missing
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

/** The owner of each folder: the user id that the image runs as. */
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
const hosts = ['project_a', 'project_b', 'project_c'];

const command = process.argv[2] ?? 'make';
if (command === 'make') make();
else if (command === 'show') process.stdout.write(`${read(named(process.argv[3]))}\n`);
else if (command === 'put') write(named(process.argv[3]), readFileSync(0, 'utf8').trim());
else throw new Error(`Unknown command "${command}"; there are make, show NAME and put NAME.`);

function make() {
  for (const folder of Object.keys(owners)) openFolder(folder);
  for (const host of hosts)
    for (const role of ['superuser', 'application', 'reader']) keep(`${host}/${role}`, random);
  for (const role of ['superuser', 'owner', 'analyst']) keep(`warehouse/${role}`, random);
  keep('temporal-db/superuser', random);

  // The same passwords in the form that each client needs.
  for (const host of hosts) {
    keep(`tidehouse/${host}`, () => url('tidehouse_reader', `${host}/reader`, host, host));
    keep(`demo/${host}`, () => url('application', `${host}/application`, host, host));
  }
  keep('tidehouse/warehouse', () => url('tidehouse', 'warehouse/owner', 'warehouse', 'analytics'));
  keep('temporal/database', () => read('temporal-db/superuser'));
  keep('grafana/analyst', () => read('warehouse/analyst'));
  keep('pgadmin/pgpass', () =>
    [
      ...hosts.map((host) => `${host}:5432:*:application:${read(`${host}/application`)}`),
      `warehouse:5432:*:tidehouse:${read('warehouse/owner')}`,
    ].join('\n'),
  );

  // Passwords that people type, or choose: a value in .env takes precedence over a generated one.
  for (const [name, given] of [
    ['pgadmin/password', process.env.PGADMIN_PASSWORD],
    ['grafana/password', process.env.GRAFANA_PASSWORD],
  ])
    if (given) write(name, given);
    else keep(name, random);
  if (process.env.OPENWEATHER_API_KEY) write('tidehouse/openweather', process.env.OPENWEATHER_API_KEY);
}

function random() {
  return randomBytes(24).toString('base64url');
}

function url(role, password, host, database) {
  return `postgres://${role}:${read(password)}@${host}:5432/${database}`;
}

function named(name) {
  if (name && /^[a-z_-]+\/[A-Za-z0-9_-]+$/.test(name) && name.split('/')[0] in owners) return name;
  throw new Error(`A secret is named folder/name; the folders are ${Object.keys(owners).join(', ')}.`);
}

function read(name) {
  return readFileSync(join(root, name), 'utf8').trim();
}

function keep(name, value) {
  if (existsSync(join(root, name))) return;
  write(name, value());
  process.stdout.write(`made ${name}\n`);
}

/** Replaces the file as a whole, readable by its owner only. */
function write(name, value) {
  const [folder] = name.split('/');
  openFolder(folder);
  const path = join(root, name);
  writeFileSync(`${path}.new`, `${value}\n`, { mode: 0o400 });
  own(`${path}.new`, owners[folder]);
  renameSync(`${path}.new`, path);
}

function openFolder(folder) {
  mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
  own(join(root, folder), owners[folder]);
  chmodSync(join(root, folder), 0o500);
}

function own(path, owner) {
  if (process.getuid?.() === 0) chownSync(path, owner, owner);
}
