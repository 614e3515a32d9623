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
} as const;
