import { z } from 'zod';
import { envName } from '../secret.ts';
import type { Secret } from '../secret.ts';

/** The path of a file with a secret. */
export const secretFile = z
  .string()
  .min(1)
  .meta({ description: 'a file that has it, read at each run', examples: ['/run/secrets/shop'] });

const urlExample =
  'for example $SHOP_URL, { file: /run/secrets/shop } or postgres://reader@db.example.com/shop';

/** A reference to the URL of a Postgres database. */
export const urlReference = z
  .union([z.string(), z.strictObject({ file: secretFile })], {
    error: `expected where to find a Postgres URL, ${urlExample}`,
  })
  .transform((reference, context): Secret => {
    if (typeof reference !== 'string') return { file: reference.file };
    const name = envName(reference);
    if (name) return { env: name };
    if (/^postgres(ql)?:\/\//.test(reference)) return { value: reference };
    context.addIssue({ code: 'custom', message: `expected where to find a Postgres URL, ${urlExample}` });
    return z.NEVER;
  });

/** A reference to a secret; `usualName` is for the example. */
export const keyReference = (usualName: string) => {
  const example = `where to find it, for example $${usualName} (fixed while a worker runs) or { file: /run/secrets/${usualName.toLowerCase()} } (read each time)`;
  return z
    .union([z.string(), z.strictObject({ file: secretFile })], { error: `expected ${example}` })
    .transform((reference, context): Secret => {
      if (typeof reference !== 'string') return { file: reference.file };
      const name = envName(reference);
      if (name) return { env: name };
      context.addIssue({
        code: 'custom',
        message: `a secret must not be written in the config itself; expected ${example}`,
      });
      return z.NEVER;
    });
};
