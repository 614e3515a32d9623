import { checkSources } from '../../../../activities/alerts/checks/sources.ts';
import type { SourceHealth } from '../../../../activities/alerts/checks/warehouse.ts';
import { quietAlerts, schedulesOnly } from '../../../support/config.ts';

const config = { ...schedulesOnly, alerts: { ...quietAlerts, lateAfterMs: 1_000 } };
const completeThrough = '2026-11-24T17:41:57.000000Z';
const healthy: SourceHealth = {
  source: 'shop',
  completeThrough,
  currentThrough: completeThrough,
  lagMs: 1_000,
  clockAhead: -60,
  landedAt: completeThrough,
  unreconciled: null,
  heldDeletes: null,
  heldBack: [],
  audited: null,
  quarantined: null,
  dropped: null,
  stuckSince: null,
  xmin: '700',
};
const check = (changed: Partial<SourceHealth>) => checkSources({ config }, [{ ...healthy, ...changed }]);

test('a fresh source without a long transaction and with reconciled row counts has no problem', () => {
  expect(check({})).toEqual([]);
});

test.each([61, -7_200])('a clock that is %s seconds ahead is a problem of its own', (clockAhead) => {
  expect(check({ clockAhead })).toEqual([
    { subject: 'clock/shop', kind: 'clock', ahead: clockAhead, since: completeThrough },
  ]);
});

test('a source with more lag than the config allows is late, and why: old data, rare runs, or no landing', () => {
  const late = { subject: 'source/shop', kind: 'late', completeThrough, since: completeThrough };
  expect(check({ lagMs: 2_000, landedAt: '2026-11-24T17:41:58.000000Z' })).toEqual([
    { ...late, cause: 'old data' },
  ]);
  expect(check({ lagMs: 1_001 })).toEqual([{ ...late, cause: 'rare runs' }]);
  expect(check({ lagMs: 601_001 })).toEqual([{ ...late, cause: 'nothing landed' }]);
});

test('a long transaction and row counts that do not reconcile are separate problems', () => {
  const stuckSince = '2026-11-24T17:00:00.000000Z';
  expect(check({ stuckSince, unreconciled: 'events (3)' })).toEqual([
    { subject: 'long-transaction/shop', kind: 'long transaction', xmin: '700', since: stuckSince },
    { subject: 'row-count/shop', kind: 'row count', tables: 'events (3)', since: completeThrough },
  ]);
});

test('each table that is held back is a problem of its own, with its cause and what to do', () => {
  const since = '2026-11-24T17:00:00.000000Z';
  const cause = { table: 'orders', problem: 'it has no primary key', advice: 'Add one.' };
  expect(check({ heldBack: [{ ...cause, since }] })).toEqual([
    {
      subject: 'table/shop/orders',
      kind: 'held back',
      since,
      failure: {
        type: 'CannotRead',
        message: 'source "shop", table "orders": it has no primary key. Add one.',
        details: { source: 'shop', causes: [cause] },
      },
    },
  ]);
});

test('rows in quarantine are a problem until there are none', () => {
  const since = '2026-11-24T03:00:00.000000Z';
  expect(check({ quarantined: { tables: 'orders (3)', since } })).toEqual([
    { subject: 'quarantine/shop', kind: 'quarantine', tables: 'orders (3)', since },
  ]);
});

test('dropped columns that views read are a problem, with the views', () => {
  const since = '2026-11-24T03:00:00.000000Z';
  expect(check({ dropped: { columns: 'orders.amount (analytics.revenue)', since } })).toEqual([
    { subject: 'columns/shop', kind: 'dropped columns', columns: 'orders.amount (analytics.revenue)', since },
  ]);
});

test('differences that the last audit found are a problem until an audit finds none', () => {
  const at = '2026-11-24T03:00:00.000000Z';
  expect(check({ audited: { unequal: 'events (3)', at } })).toEqual([
    { subject: 'audit/shop', kind: 'audit', tables: 'events (3)', since: at },
  ]);
});
