/** The seconds since `began`, a value of `performance.now()`, to the millisecond. */
export function elapsedSeconds(began: number): number {
  return Math.round(performance.now() - began) / 1000;
}
