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

/**
 * The checks that `look` makes; when it throws, the one that failed with its message. `names` is how messages begin that
 * are about `what` (`source "project_b"`): beside it they need not say so again.
 */
export async function checking(
  what: string,
  names: readonly string[],
  look: () => Promise<readonly Check[]>,
): Promise<Check[]> {
  try {
    return [...(await look())];
  } catch (error) {
    return [failed(what, without(names, error instanceof Error ? error.message : String(error)))];
  }
}

function without(names: readonly string[], sentence: string): string {
  return names.reduce(
    (said, name) =>
      said.toLowerCase().startsWith(name.toLowerCase())
        ? said.slice(name.length).replace(/^[:,]? /, '')
        : said,
    sentence,
  );
}

/** One check beneath the other, aligned, and how many need somebody. */
export function renderChecks(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ what }) => Array.from(what).length));
  const lines = checks.map(({ what, outcome, says }) => {
    const space = ' '.repeat(width - Array.from(what).length);
    const begin = `${outcome.padEnd('warning'.length)}  ${what}${space}  `;
    return `${begin}${says.replaceAll('\n', `\n${' '.repeat(Array.from(begin).length)}`)}`;
  });
  const count = (outcome: Check['outcome']) => checks.filter((check) => check.outcome === outcome).length;
  return [...lines, '', `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed`].join(
    '\n',
  );
}
