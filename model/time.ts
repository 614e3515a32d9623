/** An instant (ISO 8601) in human-readable form, to the second: `2026-11-24 13:21:05 UTC`. */
export function formatTime(instant: string): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** An instant (ISO 8601) in human-readable form, to the minute: `2026-11-24 13:21 UTC`. */
export function formatMinute(instant: string): string {
  return `${new Date(instant).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
