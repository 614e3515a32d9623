/** What to do about a table that the source has renamed, or moved to another schema, since the config named it. */
export function adviceOnMoved(table: string, movedTo: string): string {
  return `it is ${movedTo} now, and is read there. In the config, call its line ${movedTo}, with as: ${table}`;
}
