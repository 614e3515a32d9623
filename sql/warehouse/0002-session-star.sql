-- The session star: raw and clean of the tables on which the analytics stand.
-- Types are the sources' without length, precision or scale, so that no value of a source can fail to fit.

create table clean.user_sessions (
  project text not null,
  user_id integer not null,
  id integer not null,
  active boolean,
  page_name character varying,
  last_activity_at timestamp without time zone,
  created_at timestamp without time zone,
  updated_at timestamp without time zone,
  batch text not null,
  primary key (project, user_id, id)
);
create index on clean.user_sessions (project, user_id, created_at);

create table clean.events (
  project text not null,
  user_id integer not null,
  id integer not null,
  event_name character varying,
  page_id integer,
  created_at timestamp without time zone,
  batch text not null,
  primary key (project, user_id, id)
);
create index on clean.events (project, user_id, created_at);

create table clean.pages (
  project text not null,
  id integer not null,
  name character varying,
  created_at timestamp without time zone,
  batch text not null,
  primary key (project, id)
);

create table clean.transactions (
  project text not null,
  id integer not null,
  user_id integer not null,
  created_at timestamp without time zone,
  amount numeric,
  currency character varying,
  success boolean,
  batch text not null,
  primary key (project, user_id, id)
);
create index on clean.transactions (project, user_id, created_at);
-- A new rate asks for a week of transactions; they lie near each other, so a block range index is enough.
create index on clean.transactions using brin (created_at);

create table clean.exchange_rates (
  project text not null,
  currency_from character varying not null,
  currency_to character varying not null,
  exchange_rate numeric,
  currency_date date not null,
  batch text not null,
  primary key (project, currency_from, currency_to, currency_date)
);
create index on clean.exchange_rates (currency_from, currency_to, currency_date);

-- Raw has the same columns and no key; the session that loads a batch says whose rows they are.
do $$
declare
  name text;
begin
  foreach name in array array['user_sessions', 'events', 'pages', 'transactions', 'exchange_rates'] loop
    execute format('create table raw.%I (like clean.%I)', name, name);
    execute format(
      'alter table raw.%I
         alter column project set default current_setting(''tidehouse.project''),
         alter column batch set default current_setting(''tidehouse.batch'')',
      name
    );
  end loop;
end
$$;
