import { changes, equal, openHost } from '../../support/host.ts';
import type { Host } from '../../support/host.ts';

let host: Host;

beforeAll(async () => {
  host = await openHost({ tables: { t: {} } });
});
beforeEach(async () => {
  await host.app.query(
    `drop schema public cascade;
     create schema public;
     create type mood as enum ('sad', 'happy');
     create domain feeling as mood;
     create domain state_of_mind as feeling;
     create domain moods as mood[];
     create type span as range (subtype = mood);
     create type place as (street text, city text);
     create type visit as (at date, place place, mood mood);
     create domain checked_visit as visit check (value is null or (value).at is not null);
     create table template (id integer primary key, note text)`,
  );
});
afterAll(() => host.close());

const renameLabel = `alter type mood rename value 'sad' to 'blue'`;
const addAttribute = 'alter type place add attribute zip text';
const dropAttribute = 'alter type place drop attribute city';
const place = `row('Main St', 'Minsk')::place`;
const visit = `row('2026-01-02', ${place}, 'sad')::visit`;

/** Types, each with a value and with a statement that changes the text of the value without writing its row. */
const cases: readonly (readonly [title: string, type: string, value: string, change: string])[] = [
  ['an enum is renamed', 'mood', `'sad'`, renameLabel],
  ['an enum behind two domains is renamed', 'state_of_mind', `'sad'`, renameLabel],
  ['an enum in a domain over an array is renamed', 'moods', `'{sad,happy}'`, renameLabel],
  ['an enum in an array of domains is renamed', 'feeling[]', `'{sad}'`, renameLabel],
  ['an enum in a range is renamed', 'span', `'[sad,happy]'`, renameLabel],
  ['an enum in a multirange is renamed', 'span_multirange', `'{[sad,happy]}'`, renameLabel],
  ['an enum in a composite is renamed', 'visit', visit, renameLabel],
  ['a composite gains an attribute', 'place', place, addAttribute],
  ['a composite loses an attribute', 'place', place, dropAttribute],
  ['a composite in a composite gains an attribute', 'visit', visit, addAttribute],
  ['a composite in an array loses an attribute', 'place[]', `array[${place}]`, dropAttribute],
  ['a composite in a domain loses an attribute', 'checked_visit', visit, dropAttribute],
  [
    'a composite in an array of domains loses an attribute',
    'checked_visit[]',
    `array[${visit}::checked_visit]`,
    dropAttribute,
  ],
  [
    'a table whose row type it has gains a column',
    'template',
    `row(1, 'note')`,
    'alter table template add column author text',
  ],
];

describe('a value whose text changes without a write of its row lands after', () => {
  test.each(cases)('%s', async (_title, type, value, change) => {
    await host.app.query(
      `create table t (id integer primary key, v ${type}); insert into t values (1, ${value}), (2, null)`,
    );
    await host.land();
    expect(changes(await host.land(), 't')).toEqual({});
    await host.app.query(change);
    expect(changes(await host.land(), 't')).toEqual({ updated: 1, unchanged: 1 });
    expect(await host.difference('t')).toEqual(equal);
  });
});
