import type { Language, TelegramConfig } from '../../model/alerts-config.ts';

/** A config of Telegram in which two people are mentioned. */
export const telegram = (language: Language): TelegramConfig => ({
  token: { env: 'TOKEN' },
  chats: [{ id: '1' }],
  mention: ['@anna', '@boris'],
  language,
  url: 'https://api.telegram.org',
});
