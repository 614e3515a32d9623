/** What can become of rows whose source or table the config no longer has. */
export const rowsChoices = ['keep', 'drop'] as const;

export type RowsChoice = (typeof rowsChoices)[number];
