import { z } from 'zod';
import { configJsonSchema } from '../../client/config-json-schema.ts';
import { configKeys } from '../../client/config-reference.ts';

test('every key of the JSON Schema has a description, and examples that the schema accepts', () => {
  const keys = configKeys(configJsonSchema());
  expect(keys.length).toBeGreaterThan(60);
  const lacking = keys.filter(({ schema }) => !schema.description || !schema.examples?.length);
  expect(lacking.map(({ path }) => path)).toEqual([]);
  const refused = keys.filter(({ schema }) => {
    const accepts = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]);
    return schema.examples!.some((example) => !accepts.safeParse(example).success);
  });
  expect(refused.map(({ path }) => path)).toEqual([]);
});
