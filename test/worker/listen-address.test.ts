import { listenAddress, formatAddress } from '../../worker/listen-address.ts';

test.each([
  ['127.0.0.1:9464', '127.0.0.1:9464'],
  ['0.0.0.0:80', '0.0.0.0:80'],
  ['localhost:9464', '127.0.0.1:9464'],
  ['[::1]:9464', '[::1]:9464'],
])('%s is the address %s', async (given, said) => {
  const address = await listenAddress('TIDEHOUSE_HEALTH', { TIDEHOUSE_HEALTH: given });
  expect(formatAddress(address!)).toBe(said);
});

test.each([
  '9464',
  ':9464',
  '127.0.0.1',
  '127.0.0.1:0',
  '127.0.0.1:70000',
  '::1:9464',
  'http://a:1',
  'no-such-host.invalid:1',
])('%s is an error that has the variable and an example', async (given) => {
  await expect(listenAddress('TIDEHOUSE_HEALTH', { TIDEHOUSE_HEALTH: given })).rejects.toThrow(
    /^TIDEHOUSE_HEALTH is .*: set .* 127\.0\.0\.1:9464/,
  );
});

test('nothing is served when the variable is unset or empty', async () => {
  expect(await listenAddress('TIDEHOUSE_HEALTH', {})).toBeUndefined();
  expect(await listenAddress('TIDEHOUSE_HEALTH', { TIDEHOUSE_HEALTH: '' })).toBeUndefined();
});
