import type { Secret } from './secret.ts';

export type Language = 'en' | 'ru';

/** A chat, and where in it. */
export interface ChatConfig {
  /** A number, or `@name` of a public channel. */
  readonly id: string | Secret;
  /** The `message_thread_id` of a forum's topic. */
  readonly topic?: number | undefined;
}

export interface TelegramConfig {
  readonly token: Secret;
  readonly chats: readonly ChatConfig[];
  /** Who is responsible: `@name`s. */
  readonly mention: readonly string[];
  readonly language: Language;
  readonly url: string;
  /** When messages make no sound: `22:00` to `08:00` of that time zone. */
  readonly silent?: { readonly from: string; readonly to: string; readonly timezone: string } | undefined;
}

/** Durations are in milliseconds. */
export interface AlertsConfig {
  /** A source that is complete only through longer ago than this is an incident. */
  readonly lateAfterMs: number;
  /** A source whose oldest open transaction has not moved for so long. */
  readonly stuckAfterMs: number;
  /** A place without an observation for so long. */
  readonly weatherAfterMs: number;
  readonly remindAfterMs: number;
  /** At most one message that a thing is wrong in so long: flapping is no storm. */
  readonly quietMs: number;
  /** Of the staging disk, from 0 to 1: less free than this is an incident. */
  readonly diskFree: number;
  readonly telegram?: TelegramConfig | undefined;
  /** Called by each look-around, for a dead man's switch outside. */
  readonly ping?: Secret | undefined;
  /** Where people see the Web UI, for links. */
  readonly webUi?: string | undefined;
}
