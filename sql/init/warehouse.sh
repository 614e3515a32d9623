#!/bin/bash
# Prepares an empty server as the warehouse, once, when it first starts (in /docker-entrypoint-initdb.d): the role
# "tidehouse", which owns the database and everything in it, and the role "analyst", which can read everything, now and later.
set -euo pipefail

psql --no-psqlrc -v ON_ERROR_STOP=1 --quiet --single-transaction -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f - \
  -v database="$POSTGRES_DB" >/dev/null <<'SQL'
\set owner `cat /run/secrets/warehouse/owner`
\set analyst `cat /run/secrets/warehouse/analyst`
create role tidehouse login password :'owner';
alter database :"database" owner to tidehouse;

create role analyst login password :'analyst';
alter role analyst set default_transaction_read_only = on;
-- A forgotten query must not keep vacuum from removing the sync's dead rows.
alter role analyst set statement_timeout = '15min';
alter role analyst set idle_in_transaction_session_timeout = '5min';
alter default privileges for role tidehouse grant usage on schemas to analyst;
alter default privileges for role tidehouse grant select on tables to analyst;
SQL
