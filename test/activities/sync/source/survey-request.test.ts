import { surveyRequest } from '../../../../activities/sync/source/survey-request.ts';
import { schedulesOnly } from '../../../support/config.ts';

test('a renamed column keeps its name where the session analytics read it, or where another source has it', async () => {
  const position = { batchId: '1', snapshot: null, identity: null, tables: new Map(), heldBack: new Map() };
  const shared = jest.fn((renamed: readonly { table: string }[]) =>
    Promise.resolve(renamed.filter(({ table }) => table === 'orders') as never),
  );
  const config = { ...schedulesOnly, analytics: 'sessions' } as const;
  const { keepNames } = surveyRequest(config, 'shop', position, undefined, shared);
  const renamed = ['transactions', 'orders', 'notes'].map((table) => ({ table, from: 'amount', to: 'sum' }));
  for (let survey = 1; survey <= 2; survey++) expect(await keepNames!(renamed)).toEqual(renamed.slice(0, 2));
  expect(shared).toHaveBeenCalledTimes(1);
});
