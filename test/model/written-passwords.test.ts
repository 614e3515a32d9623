import { writtenPasswords } from '../../model/written-passwords.ts';

const keysOf = (url: string) =>
  writtenPasswords({
    sources: { 'my-shop': { url: { value: url } } },
    warehouse: { url: { env: 'WAREHOUSE_URL' } },
  }).map(({ key }) => key);

test.each([
  'postgres://reader:hunter2@db/shop',
  'postgresql://:hunter2@db',
  'postgres://reader:a%2Fb?c@db/shop',
  'postgres://reader@db/shop?sslmode=require&password=hunter2',
  'postgres://reader@db/shop?pass%77ord=hunter2',
  'postgres://reader@db/shop?sslkey=client.key&sslpassword=hunter2',
])('%s has a password', (url) => {
  expect(keysOf(url)).toEqual(['sources.my-shop.url']);
});

test.each([
  'postgres://reader@db:5432/shop',
  'postgres://db:5432,other:5433/shop?user=a@b',
  'postgres://reader:@db/shop?password=',
  'postgres://reader@[::1]:5432/shop',
  'postgres:///shop?service=shop&sslkey=/keys/password',
])('%s has none', (url) => {
  expect(keysOf(url)).toEqual([]);
});

test('references have none, and what to write instead of a password never repeats it', () => {
  const found = writtenPasswords({
    sources: {
      'my-shop': { url: { value: 'postgres://reader:hunter2@db/shop' } },
      crm: { url: { file: '/run/secrets/crm' } },
      billing: { url: { env: 'BILLING' } },
    },
    warehouse: { url: { value: 'postgres://writer:hunter2@db/analytics' } },
  });
  expect(found.map(({ key, advice }) => [key, advice.match(/url: [^,;]+/g)])).toEqual([
    ['sources.my-shop.url', ['url: $MY_SHOP_URL', 'url: { file: /run/secrets/my-shop }']],
    ['warehouse.url', ['url: $WAREHOUSE_URL', 'url: { file: /run/secrets/warehouse }']],
  ]);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});
