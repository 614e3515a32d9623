/** A reference to a secret, resolved only when it is needed. */
export type Secret = { readonly env: string } | { readonly file: string } | { readonly value: string };

/** The name of the environment variable in a reference such as `$PROJECT_A_URL`; undefined for any other value. */
export function envName(value: unknown): string | undefined {
  return typeof value === 'string' ? /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(value)?.[1] : undefined;
}
