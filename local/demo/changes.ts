import { changeKeys, deleteEvent, deleteOldSession, flipSuccess, setRate } from './corrections.ts';
import type { Change } from './row.ts';
import { closeSession, openSession, pay, recordEvents, recordInSavepoints } from './visits.ts';

/** The changes that take a single tick. */
export const changes = {
  openSession,
  recordEvents,
  recordInSavepoints,
  pay,
  closeSession,
  flipSuccess,
  setRate,
  deleteEvent,
  deleteOldSession,
  changeKeys,
} satisfies Record<string, Change>;

/** A change of a demo source in one tick, or a transaction that stays open for several. */
export type DemoChange = keyof typeof changes | 'longTransaction';

/** How often each change happens in a hundred ticks. */
export const weights: Record<DemoChange, number> = {
  recordEvents: 32,
  pay: 18,
  openSession: 12,
  flipSuccess: 12,
  closeSession: 8,
  recordInSavepoints: 5,
  deleteEvent: 4,
  longTransaction: 4,
  deleteOldSession: 2,
  setRate: 2,
  changeKeys: 1,
};
