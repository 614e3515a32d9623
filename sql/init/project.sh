#!/bin/bash
# Fills an empty server as a demo source, once, when it first starts (in /docker-entrypoint-initdb.d): the application's
# tables with ninety days of rows, owned by the role "application", and the role "tidehouse_reader", which can only select.
# The database is named after the project.
set -euo pipefail

psql --no-psqlrc -v ON_ERROR_STOP=1 --quiet --single-transaction -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f - \
  -v project="$POSTGRES_DB" -v today="$(date -u +%F)" >/dev/null <<'SQL'
\set application `cat "/run/secrets/$POSTGRES_DB/application"`
\set reader `cat "/run/secrets/$POSTGRES_DB/reader"`
create role application login password :'application';
grant all on schema public to application;

select set_config('demo.project', :'project', true), set_config('demo.today', :'today', true);
set role application;
\i /sql/demo/source.sql
\i /sql/demo/seed.sql
reset role;

select set_config('demo.reader_password', :'reader', true);
\i /sql/demo/reader.sql
alter default privileges for role application in schema public grant select on tables to tidehouse_reader;
SQL
