export { sync } from './sync.ts';
export { syncSource } from './sync-source.ts';
