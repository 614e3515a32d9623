/** A Parquet file cannot be read or has been altered. The message is the reason, such as `parsing timed out`. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
}
