-- An encyclopedia: partitions, inheritance, keyless tables, unique keys that are none, a key of 32 columns, awkward names.
create schema wiki; create schema "wiki/archive";
create table wiki.artist (id int primary key, gid uuid not null unique, name text not null, began int4range, ids int[][], score jsonb);
insert into wiki.artist
select i, md5(i::text)::uuid, 'Artist "' || i || E'" \\. \\N \r\n', int4range(i, i + 10), array[[i, 1], [2, 3]],
       format('{"a": %s, "b": null, "c": [1.0, 1.00]}', i)::jsonb
from generate_series(1, 30) i;

create table wiki.artist_alias (artist int, locale text, name text);
create unique index on wiki.artist_alias (artist, locale);
insert into wiki.artist_alias values (1, 'en', 'x'), (1, null, 'y'), (1, null, 'y'), (null, null, null);
create table wiki.partial (id int not null, gone boolean not null);
create unique index on wiki.partial (id) where not gone;
insert into wiki.partial values (1, false), (1, true), (1, true);
create table wiki.lowercase (name text not null);
create unique index on wiki.lowercase (lower(name));
insert into wiki.lowercase values ('A'), ('b');
create table wiki.second_key (a text, b int not null unique, json json);
insert into wiki.second_key values (null, 1, '{"a":1, "a":  2}'), ('', 2, 'null');
create table wiki.deferred (id int primary key deferrable, v text);
insert into wiki.deferred values (1, 'x');

create table wiki.edit (id bigint, day date, body text, primary key (day, id)) partition by range (day);
create table wiki.edit_2023 partition of wiki.edit for values from ('2023-01-01') to ('2024-01-01');
create table wiki.edit_2024 partition of wiki.edit for values from ('2024-01-01') to ('2025-01-01') partition by list (day);
create table wiki.edit_2024_rest partition of wiki.edit_2024 default;
insert into wiki.edit select i, date '2023-12-01' + i, repeat('x', i) from generate_series(1, 60) i;
create table wiki.log (at timestamptz, what text) partition by hash (what);
create table wiki.log_0 partition of wiki.log for values with (modulus 2, remainder 0);
create table wiki.log_1 partition of wiki.log for values with (modulus 2, remainder 1);
insert into wiki.log select timestamptz '2024-01-01' + i * interval '1 hour', 'w' || i % 3 from generate_series(1, 20) i;

create table wiki.page (id int primary key, title text);
create table wiki.talk_page (primary key (id), about int) inherits (wiki.page);
insert into wiki.page values (1, 'one');
insert into wiki.talk_page values (1, 'talk', 1), (2, 'talk', 1);

do $$ begin
  execute (select format('create table wiki.many (%s, v text, primary key (%s))', string_agg(format('k%s int', i), ', '), string_agg(format('k%s', i), ', '))
           from generate_series(1, 32) i);
  execute (select format('insert into wiki.many select %s, %L from generate_series(1, 5) n', string_agg(format('n + %s', i), ', '), 'v') from generate_series(1, 32) i);
end $$;

create table "wiki/archive".".hidden" ("select" int primary key, "a,b" text, "c d" text, excluded text, "ü" text);
insert into "wiki/archive".".hidden" values (1, '1', '2', '3', '4');
create table "wiki/archive"."events.keys" ("constructor" int primary key, "__proto__" text);
insert into "wiki/archive"."events.keys" values (1, 'x');
create unlogged table wiki.cache (key text primary key, value bytea);
insert into wiki.cache values ('a', '\x01'), ('', null);
create table wiki.empty (id int primary key);
