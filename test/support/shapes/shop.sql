-- A shop with events, pages, transactions, user_sessions and exchange_rates of its own, and columns called project and batch.
create table events (id uuid primary key, kind text, payload jsonb, project text, batch int);
insert into events select md5(i::text)::uuid, 'k' || i % 3, jsonb_build_object('n', i), 'p' || i, i from generate_series(1, 30) i;
create table pages (slug text primary key, body text, created_at date);
insert into pages values ('home', 'x', '2024-01-01'), ('ünï', E'tab\t', null);
create table transactions (id int, at timestamptz, amount money, tags text[]);
insert into transactions select i % 9, timestamptz '2024-01-01' + i * interval '1 day', i::numeric::money, array['a', null] from generate_series(1, 20) i;
create table user_sessions (token bytea primary key, data json);
insert into user_sessions values ('\xdeadbeef', '{"a": 1}'), ('', 'null');
create table exchange_rates (pair char(6) primary key, rate numeric, at point, box inet, mac macaddr, bits bit(5), flags bit varying);
insert into exchange_rates values ('EURUSD', 1.10, '(1,2)', '10.0.0.0/8', '08:00:2b:01:02:03', '10101', '1'), ('X', 'NaN', null, '::1', null, null, '');
create table project (project text, batch int, project_ text, primary key (project, batch));
insert into project values ('p', 1, 'own'), ('q', 2, null);
create table settings (name name primary key, kind regclass, line int8range[], search tsvector, doc "char", mask oid);
insert into settings values ('a', 'events', '{"[1,5)","empty"}', 'a:1 b:2', 'x', 5);
create table all_null (id int primary key, v text, n numeric);
insert into all_null values (1, null, null), (2, '', 0.00);
