/** What was looked at, how it stands, and what to do where it does not stand well. */
export interface Check {
  readonly what: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  readonly says: string;
}

export function ok(what: string, says: string): Check {
  return { what, outcome: 'ok', says };
}

export function warning(what: string, says: string): Check {
  return { what, outcome: 'warning', says };
}

export function failed(what: string, says: string): Check {
  return { what, outcome: 'failed', says };
}

/** The checks that `look` makes; when it throws, the one that failed with its message. */
export async function checking(what: string, look: () => Promise<readonly Check[]>): Promise<Check[]> {
  try {
    return [...(await look())];
  } catch (error) {
    return [failed(what, error instanceof Error ? error.message : String(error))];
  }
}

/** One line per check, aligned, and how many need somebody. */
export function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ what }) => Array.from(what).length));
  const lines = checks.map(({ what, outcome, says }) => {
    const space = ' '.repeat(width - Array.from(what).length);
    return `${outcome.padEnd('warning'.length)}  ${what}${space}  ${says.replaceAll('\n', ' ')}`;
  });
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  return [...lines, '', `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed`].join(
    '\n',
  );
}
