import { changeKeys, deleteEvent, deleteOldSession, flipSuccess, setRate } from './corrections.ts';
import type { Change } from './row.ts';
import { closeSession, openSession, pay, recordEvents, recordInSavepoints } from './visits.ts';

/** The changes that take one beat. */
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

/** What happens to a demo host: a change in one beat, or a transaction that stays open for several. */
export type DemoChange = keyof typeof changes | 'longTransaction';

/** How often each happens, of a hundred beats. */
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
