/** What to do about a table that the source has renamed, or moved to another schema, since the config named it. */
export function adviceOnMoved(table: string, movedTo: string): string {
  return `it is ${movedTo} now, and is read there. In the config, call its line ${movedTo}, with as: ${table}`;
}

/** One line for each of the tables that the config names otherwise than the source does now; empty when there are none. */
export function renderMoved(
  tables: readonly { readonly source: string; readonly as: string; readonly movedTo?: string | undefined }[],
): string {
  return tables
    .flatMap(({ source, as, movedTo }) =>
      movedTo === undefined ? [] : [`Moved at ${source}: ${as}; ${adviceOnMoved(as, movedTo)}.`],
    )
    .join('\n');
}
