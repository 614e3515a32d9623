/**
 * How the process of a worker is started to take a quarter less memory, without a measurable loss of speed: a small young
 * generation in each of its two V8 heaps, and two of the C library's arenas instead of eight per core. Both can only be set
 * before the process starts. The image has the same settings.
 */
export const processSettings = {
  nodeFlags: ['--max-semi-space-size=2'],
  env: { MALLOC_ARENA_MAX: '2' },
} as const;
