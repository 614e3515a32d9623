/** A reference to a secret, which is read only when it is needed. */
export type Secret = { readonly env: string } | { readonly file: string } | { readonly value: string };

/** The name of the environment variable in a reference such as `$PROJECT_A_URL`; undefined for any other value. */
export function envName(given: unknown): string | undefined {
  return typeof given === 'string' ? /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(given)?.[1] : undefined;
}
