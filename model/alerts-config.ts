import type { Secret } from './secret.ts';

export type Language = 'en' | 'ru';

/** A chat, or one topic of it. */
export interface ChatConfig {
  /** A number, or `@name` of a public channel. */
  readonly id: string | Secret;
  /** The `message_thread_id` of a forum's topic. */
  readonly topic?: number | undefined;
}

export interface TelegramConfig {
  readonly token: Secret;
  readonly chats: readonly ChatConfig[];
  /** The people responsible, as `@name`s to mention. */
  readonly mention: readonly string[];
  readonly language: Language;
  readonly url: string;
  /** The hours in which messages make no sound: `22:00` to `08:00` in that time zone. */
  readonly silent?: { readonly from: string; readonly to: string; readonly timezone: string } | undefined;
}

/** A web service that receives every message as JSON. */
export interface WebhookConfig {
  readonly url: Secret;
  /** Headers by name, for a key or a token. */
  readonly headers: Readonly<Record<string, Secret>>;
}

/** The name of the webhook among the chats. */
export const webhookName = 'webhook';

/** Durations are in milliseconds. */
export interface AlertsConfig {
  /** A source is late when its complete_through is older than this. */
  readonly lateAfterMs: number;
  /** A source is blocked when its oldest open transaction has been the same one for longer than this. */
  readonly stuckAfterMs: number;
  /** Weather is missing when the last observation of a place is older than this. */
  readonly weatherAfterMs: number;
  readonly remindAfterMs: number;
  /** The minimum time between two first messages about a subject, so a flapping source does not flood the chat. */
  readonly quietMs: number;
  /** The staging disk is nearly full when less than this share of it is free, from 0 to 1. */
  readonly diskFree: number;
  readonly telegram?: TelegramConfig | undefined;
  readonly webhook?: WebhookConfig | undefined;
  /** The address of an external dead man's switch, which each health check calls. */
  readonly ping?: Secret | undefined;
  /** The address of the Web UI, for links in messages. */
  readonly webUi?: string | undefined;
}
