/** What a source failed of, as a sentence that names it; most do already, one about the warehouse does not. */
export function sayFailure(source: string, error: string): string {
  return error.includes(`source "${source}"`) ? error : `source "${source}": ${error}`;
}
