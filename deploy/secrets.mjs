// Generates the passwords of the composed system, one for each purpose and unique to this installation, and stores them
// under /run/secrets: a folder for each service, each in a volume of its own. An existing secret is never regenerated.
//   docker compose run --rm secrets                     generates the missing secrets
//   docker compose run --rm secrets list
//   docker compose run --rm secrets show pgadmin/password
//   docker compose run --rm -T secrets put tidehouse/project_d < file
// deploy/change-password uses "next NAME", which prepares a new password next to the old one, and "change NAME", which puts
// it in its place.
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

const root = process.env.SECRETS_FOLDER ?? '/run/secrets';
const earlier = process.env.EARLIER_SECRETS_FOLDER ?? '/run/secrets-before-0.3';
const envFile = process.env.ENV_FILE ?? '/env';

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

/** The passwords of database roles, which their servers read when they first start. */
const rolePasswords = [
  ...sources.flatMap((source) => ['superuser', 'application', 'reader'].map((role) => `${source}/${role}`)),
  ...['superuser', 'owner', 'analyst'].map((role) => `warehouse/${role}`),
  'temporal-db/superuser',
];

/** The passwords of people. Each program reads its own when it first starts, and then keeps it itself. */
const peoplesPasswords = { 'pgadmin/password': 'PGADMIN_PASSWORD', 'grafana/password': 'GRAFANA_PASSWORD' };

/** The same passwords in the formats that their clients need; `password` returns that of a role. */
const derived = {
  ...Object.fromEntries(
    sources.flatMap((source) => [
      [
        `tidehouse/${source}`,
        (password) => url('tidehouse_reader', password(`${source}/reader`), source, source),
      ],
      [`demo/${source}`, (password) => url('application', password(`${source}/application`), source, source)],
    ]),
  ),
  'tidehouse/warehouse': (password) =>
    url('tidehouse', password('warehouse/owner'), 'warehouse', 'analytics'),
  'temporal/database': (password) => password('temporal-db/superuser'),
  'grafana/analyst': (password) => password('warehouse/analyst'),
  'pgadmin/pgpass': (password) =>
    [
      ...sources.map((source) => `${source}:5432:*:application:${password(`${source}/application`)}`),
      `warehouse:5432:*:tidehouse:${password('warehouse/owner')}`,
    ].join('\n'),
};

const longest = 64 * 1024;

class Refusal extends Error {}

const commands = {
  make: () => makeMissing(),
  list: () => say(namesIn(root).join('\n')),
  show: (name) => say(read(existing(name))),
  put: (name) => put(validName(name), readFileSync(0)),
  next: (name) => prepareNext(name),
  change: (name) => change(name),
};

const [command = 'make', ...given_] = process.argv.slice(2);
try {
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (!run) throw new Refusal(`There is no command "${command}": use make, list, show NAME or put NAME.`);
  const wanted = run.length;
  if (given_.length !== wanted)
    throw new Refusal(
      `"${command}" takes ${wanted === 0 ? 'no name' : `one name, as in "${command} tidehouse/project_d"`}.`,
    );
  run(...given_);
} catch (error) {
  if (!(error instanceof Refusal) && error.code === undefined) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function makeMissing() {
  for (const folder of Object.keys(owners)) prepareFolder(folder);
  keepEarlier();
  const given = existsSync(envFile) ? parseEnv(readFileSync(envFile, 'utf8')) : {};
  for (const name of rolePasswords) ensure(name, random, 'generated');
  for (const [name, value] of Object.entries(derived)) ensure(name, () => value(read), 'generated');
  for (const [name, variable] of Object.entries(peoplesPasswords)) {
    const password = given[variable];
    if (!password) ensure(name, random, 'generated');
    else if (!exists(name)) ensure(name, () => password, `took ${variable} from .env as`);
    else if (read(name) !== password)
      say(
        `${variable} in .env differs from ${name}, which stays: it was taken at the first start. Change the password in ${name.startsWith('grafana') ? 'Grafana' : 'pgAdmin'} itself, and remove ${variable} from .env.`,
      );
  }
  const key = given.OPENWEATHER_API_KEY;
  if (key && !(exists('tidehouse/openweather') && read('tidehouse/openweather') === key)) {
    write('tidehouse/openweather', key);
    say('took OPENWEATHER_API_KEY from .env as tidehouse/openweather');
  }
}

/** Copies the secrets of an earlier version, which had them all in one volume. */
function keepEarlier() {
  for (const name of namesIn(earlier))
    ensure(name, () => readFileSync(join(earlier, name), 'utf8').trim(), 'kept');
}

function put(name, bytes) {
  if (!name.startsWith('tidehouse/'))
    throw new Refusal(
      `${name} is not stored by hand, because its server has it too. ${name in peoplesPasswords ? 'Change it in the program itself.' : `To change a password: deploy/change-password ${rolePasswords.includes(name) ? name : 'project_a/reader'}`}`,
    );
  const text = bytes.toString('utf8').trim();
  const problem =
    text === ''
      ? 'The input is empty'
      : bytes.length > longest
        ? `The input has ${bytes.length} bytes, more than the ${longest} of a secret`
        : text.includes('\0') || !Buffer.from(bytes.toString('utf8')).equals(bytes)
          ? 'The input is not text'
          : undefined;
  if (problem)
    throw new Refusal(`${problem}, so ${name} was left as it is. Give it on stdin: put ${name} < file`);
  say(`${exists(name) ? 'replaced' : 'stored'} ${name}`);
  write(name, text);
}

function prepareNext(name) {
  changeable(name);
  // One that is there already may be in use by the server.
  if (!existsSync(nextPath(name))) write(`${name}.next`, random());
}

/** Puts the prepared password in the place of the old one. Those who have the old one in another format get it first. */
function change(name) {
  changeable(name);
  if (!existsSync(nextPath(name))) throw new Refusal(`No new password of ${name} is prepared.`);
  const renewed = (other) => read(other === name ? `${name}.next` : other);
  for (const [key, value] of Object.entries(derived))
    if (exists(key) && read(key) === value(read)) write(key, value(renewed));
  renameSync(nextPath(name), join(root, name));
}

function changeable(name) {
  if (!rolePasswords.includes(name))
    throw new Refusal(
      `"${name}" is not the password of a database role. There are ${rolePasswords.join(', ')}.`,
    );
}

function random() {
  return randomBytes(24).toString('base64url');
}

function url(role, password, host, database) {
  return `postgres://${role}:${password}@${host}:5432/${database}`;
}

function isName(name) {
  return /^[a-z_-]+\/[A-Za-z0-9_-]+$/.test(name) && Object.hasOwn(owners, name.split('/')[0]);
}

function validName(name) {
  if (isName(name)) return name;
  throw new Refusal(
    `"${name}" is not the name of a secret, which has the form folder/name; the folders are ${Object.keys(owners).join(', ')}.`,
  );
}

function existing(name) {
  if (exists(validName(name))) return name;
  throw new Refusal(`There is no secret ${name}. There are ${namesIn(root).join(', ') || 'none yet'}.`);
}

function namesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1))
    .filter(isName)
    .sort();
}

function exists(name) {
  return existsSync(join(root, name));
}

function read(name) {
  return readFileSync(join(root, name), 'utf8').trim();
}

function nextPath(name) {
  return join(root, `${name}.next`);
}

function ensure(name, value, verb) {
  if (exists(name)) return;
  write(name, value());
  say(`${verb} ${name}`);
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

function say(line) {
  process.stdout.write(`${line}\n`);
}
