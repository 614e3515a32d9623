/** Why a source is late although no run of it has failed. */
export type LateCause = 'old data' | 'rare runs' | 'nothing landed';

/**
 * Why a source is late: its last landing, `sinceLandingMs` ago, was recent, so what that read was old; or its runs start
 * less often than `lateAfterMs`; or nothing has landed for that long.
 */
export function lateCause(sinceLandingMs: number, everyMs: number, lateAfterMs: number): LateCause {
  if (sinceLandingMs <= lateAfterMs) return 'old data';
  return everyMs >= lateAfterMs && sinceLandingMs <= everyMs + lateAfterMs ? 'rare runs' : 'nothing landed';
}
