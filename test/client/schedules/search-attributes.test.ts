import type { Client } from '@temporalio/client';
import { missingSentence, registerSearchAttributes } from '../../../client/schedules/search-attributes.ts';

/** A Temporal whose namespace has some search attributes, and which may refuse to add others. */
function temporalWith(customAttributes: Record<string, number>, refusal?: string): Client {
  const connection = {
    withDeadline: (_: number, work: () => Promise<unknown>) => work(),
    operatorService: {
      listSearchAttributes: () => Promise.resolve({ customAttributes }),
      addSearchAttributes: ({ searchAttributes }: { searchAttributes: Record<string, number> }) => {
        if (refusal !== undefined) return Promise.reject(Object.assign(new Error(), { details: refusal }));
        for (const [name, type] of Object.entries(searchAttributes)) customAttributes[name] ??= type;
        return Promise.resolve({});
      },
    },
  };
  return { connection, options: { namespace: 'default' } } as unknown as Client;
}

test('all search attributes are registered where that is allowed', async () => {
  const registration = await registerSearchAttributes(temporalWith({}));
  expect(registration).toEqual({
    registered: ['Source', 'Place', 'Subject', 'LandedRows', 'LagSeconds'],
    missing: [],
  });
  expect(missingSentence(registration)).toBeUndefined();
});

test('where that is refused, those that are there are used, and a sentence names the others', async () => {
  const registration = await registerSearchAttributes(temporalWith({ Source: 2, Place: 1 }, 'not allowed'));
  expect(registration.registered).toEqual(['Source']);
  expect(missingSentence(registration)).toBe(
    "Temporal's list of runs cannot be searched by Place, Subject, LandedRows, LagSeconds: not allowed. Runs do without them; see docs/operate.md.",
  );
});

test('a search attribute of another type is left alone', async () => {
  const { missing, problem } = await registerSearchAttributes(temporalWith({ Source: 1 }));
  expect([missing, problem]).toEqual([['Source'], 'the namespace has them with another type']);
});
