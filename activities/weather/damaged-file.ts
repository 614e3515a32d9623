/** A Parquet file cannot be read, or is not what was written. The message says why, as `parsing timed out`. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}
