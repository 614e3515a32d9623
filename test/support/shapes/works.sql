-- A company in five schemas: domains, tables of one name in two schemas, views, keyless tables, xml, generated columns.
create schema person; create schema production; create schema sales; create schema hr;
create domain hr."Flag" as boolean not null;
create domain hr."Name" as varchar(50);
create domain sales.money_amount as numeric(12, 4) check (value >= 0);
create type production.unit as enum ('piece', 'box');
create type person.address as (street text, "no" int);

create table person.person (
  id int generated always as identity primary key, "FirstName" hr."Name", title varchar(8), suffix char(10),
  nickname text collate "C", extra xml, modified timestamp default '2024-02-29 12:00:00.123456'
);
insert into person.person ("FirstName", title, suffix, extra)
select 'First ' || i, case when i % 3 = 0 then 'Ms.' end, 'x', case when i % 4 = 0 then '<?xml version="1.0"?><a n="1"/>'::xml end
from generate_series(1, 40) i;

create table person.places (id int primary key, home person.address, notes text[]);
insert into person.places values (1, row ('Main "St", 1', 5), '{a,"b,c",null}'), (2, null, '{}'), (3, row (null, null), null);

create table person.email (person_id int, email_id int, address text, primary key (person_id, email_id));
insert into person.email select i % 7, i, 'p' || i || '@example.com' from generate_series(1, 30) i;

create table production.product (
  id smallint primary key, name hr."Name", made hr."Flag", price sales.money_amount, unit production.unit,
  weight real, size double precision, total numeric generated always as (price * 2) stored, rowguid uuid unique
);
insert into production.product (id, name, made, price, unit, weight, size, rowguid)
select i, 'Product ' || i, i % 2 = 0, i / 3.0, case i % 3 when 0 then 'piece' when 1 then 'box' end::production.unit,
       case when i = 5 then 'NaN' else i / 7.0 end, case when i = 6 then '-Infinity' else i / 11.0 end,
       md5(i::text)::uuid
from generate_series(1, 25) i;

create table production.document (node text primary key, body bytea, level int);
insert into production.document values ('/', '', 0), ('/1/', '\x00ff5c2e', 1), ('/1/2/', null, 2);

create table production.transaction_history (product_id smallint, at date, quantity int);
insert into production.transaction_history select i % 5, date '2024-01-01' + i, i from generate_series(1, 50) i;
insert into production.transaction_history select * from production.transaction_history where quantity < 4;

create table sales.customer (id int primary key, person_id int, account text);
insert into sales.customer select i, i, 'AW' || i from generate_series(1, 20) i;
create table hr.customer (id uuid primary key, account int);
insert into hr.customer values (md5('a')::uuid, 1);

create table hr.employee (
  id int primary key, born date, salaried hr."Flag", vacation interval, shift time, hired timestamptz, pay money
);
insert into hr.employee values
  (1, '-infinity', true, '1 year 2 mons -3 days', '24:00', '20000-01-01 00:00+00', '12.30'),
  (2, '4714-11-24 BC', false, '-00:00:00.000001', '00:00', 'infinity', null);
create table hr.department_history (employee int, department int, from_day date, to_day date);
insert into hr.department_history values (1, 2, '2020-01-01', null), (1, 2, '2020-01-01', null), (2, 1, '2021-01-01', '2022-01-01');

create view hr.current as select * from hr.employee where id = 1;
create materialized view sales.by_account as select account, count(*) from sales.customer group by 1;
