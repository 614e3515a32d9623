export { sync } from './sync.ts';
export { syncSource } from './sync-source.ts';
export { weather } from './weather.ts';
export { weatherPlace } from './weather-place.ts';
export { audit } from './audit.ts';
export { alerts } from './alerts.ts';
export { incident } from './incident.ts';
export { mute } from './mute.ts';
