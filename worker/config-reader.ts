import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { ConfigError, parseConfig } from '../model/config.ts';
import type { Config, ConfigReader, SecretFile } from '../model/config.ts';
import type { Secret } from '../model/secret.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A reader of the config at `path`. It rereads the file each time, so an added source is part of the next run. Relative
 * paths in the config are relative to its folder. The value of `$NAME` is fixed for the life of the process; a `{ file }`
 * is read each time; the errors of an invalid config include those of its files of secrets.
 */
export function configReader(path: string, env: Environment): ConfigReader {
  const folder = dirname(resolve(path));
  const parse = async (text: string): Promise<Config> => {
    try {
      return parseConfig(text, path, env);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const ofFiles = await Promise.all(error.secretFiles.map((each) => errorOfFile(each, folder)));
      throw new ConfigError([...error.errors, ...ofFiles.flat()]);
    }
  };
  let lastGood: Config | undefined;
  let lastText: string | undefined;
  return {
    async read(): Promise<Config> {
      const text = await readFile(path, 'utf8').catch((error: unknown) => {
        throw new ConfigError([
          `${path}: the config cannot be read (${reason(error)}); choose another with --config, or start from the example in the README.`,
        ]);
      });
      if (lastGood && text === lastText) return lastGood;
      const config = await parse(text);
      const { weather } = config;
      lastGood = {
        ...config,
        staging: resolve(folder, config.staging),
        ...(weather && { weather: { ...weather, folder: resolve(folder, weather.folder) } }),
      };
      lastText = text;
      return lastGood;
    },
    lastGood: () => lastGood,
    reveal: (secret) => reveal(secret, folder, env),
  };
}

async function reveal(secret: Secret, folder: string, env: Environment): Promise<string> {
  if ('value' in secret) return secret.value;
  if ('env' in secret) {
    const value = env[secret.env];
    if (value) return value;
    throw new ConfigError([
      `The environment variable ${secret.env} is not set in this process; set it and restart.`,
    ]);
  }
  return readSecret(secret.file, folder);
}

/** The secret in a file, whose errors begin with `subject`. */
async function readSecret(file: string, folder: string, subject = 'The secret file'): Promise<string> {
  const path = resolve(folder, file);
  const value = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new ConfigError([
      `${subject} ${path} cannot be read (${reason(error)}); create it with the secret in it, readable by this user.`,
    ]);
  });
  if (value.trim()) return value.trim();
  throw new ConfigError([`${subject} ${path} is empty; write the secret into it.`]);
}

/** Why the secret cannot be read where the config names its file; nothing when it can. */
async function errorOfFile({ file, place }: SecretFile, folder: string): Promise<string[]> {
  try {
    await readSecret(file, folder, `${place}: the secret file`);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...error.errors];
  }
}

function reason(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
