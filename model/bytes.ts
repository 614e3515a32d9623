const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** A size in the largest unit of which there is one: `640 KiB`, `1.2 GiB`. */
export function formatBytes(bytes: number): string {
  let [size, at] = [bytes, 0];
  while (size >= 1_024 && at < units.length - 1) [size, at] = [size / 1_024, at + 1];
  return `${size >= 10 || at === 0 ? Math.round(size) : size.toFixed(1)} ${units[at]}`;
}
