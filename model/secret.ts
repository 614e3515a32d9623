/** A value that is never written down in the config: where to find it when it is needed. */
export type Secret = { readonly env: string } | { readonly file: string } | { readonly value: string };

/** The name of the environment variable that a value such as `$PROJECT_A_URL` stands for. */
export function envName(given: unknown): string | undefined {
  return typeof given === 'string' ? /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(given)?.[1] : undefined;
}
