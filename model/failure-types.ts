/**
 * The names of the failures that someone acts upon: an activity throws them as the `type` of an ApplicationFailure,
 * a workflow chooses by them, and nobody reads a message to find out what happened.
 */
export const failures = {
  /** A staged file is missing, cut short or altered, or raw no longer holds it: extract again. */
  stagedFileMissing: 'StagedFileMissing',
  /** Another batch landed meanwhile: extract again from the new position. */
  positionMoved: 'PositionMoved',
  /** Final: somebody has to change the config, a privilege, a table. */
  cannotRead: 'CannotRead',
  cannotLand: 'CannotLand',
  badConfig: 'BadConfig',
  /** Passing: out of reach, locked, overloaded, full. */
  unavailable: 'Unavailable',
  /** At least one source of a run failed. */
  sourcesFailed: 'SourcesFailed',
  /** Passing: the weather service answers with what is no weather, or with an old one. */
  noObservation: 'NoObservation',
  /** The same file was written meanwhile by another attempt: read it again. */
  fileMoved: 'FileMoved',
  /** The weather folder cannot be written: full, read-only, not mounted. */
  cannotWrite: 'CannotWrite',
  /** Final: a chat takes no message until somebody changes the token, the chat, or the bot's membership. */
  cannotTell: 'CannotTell',
  /** At least one place of a run failed. */
  placesFailed: 'PlacesFailed',
} as const;

/**
 * What a source or a place failed of, as a sentence that names it: most do already; one about the warehouse, or about a
 * child that was silenced, does not.
 */
export function named(kind: 'source' | 'place', name: string, sentence: string): string {
  return sentence.includes(`${kind} "${name}"`) ? sentence : `${kind} "${name}": ${sentence}`;
}
