import { noBinding } from './error-kinds.ts';
import type { Wire } from './wire.ts';

/**
 * Closes the connection before anything is proven to a server that asks for no password, or for one in a way that could be
 * passed on to another server. To be called before it is opened.
 */
export function requireBinding(wire: Wire): { readonly refusal?: Error } {
  const found: { refusal?: Error; bound?: true } = {};
  const refuse = () => {
    found.refusal ??= Object.assign(
      new Error(
        'the server does not offer channel binding, which channel_binding=require in its URL asks for',
      ),
      { code: noBinding },
    );
    wire.stream.destroy(found.refusal);
  };
  wire.once('authenticationSASL', ({ mechanisms = [] }) => {
    if (mechanisms.includes('SCRAM-SHA-256-PLUS')) found.bound = true;
    else refuse();
  });
  for (const request of ['CleartextPassword', 'MD5Password']) wire.once(`authentication${request}`, refuse);
  wire.once('authenticationOk', () => {
    if (!found.bound) refuse();
  });
  return found;
}
