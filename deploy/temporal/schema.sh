#!/bin/sh
# Creates Temporal's databases, `temporal` and `temporal_visibility`, or updates their schemas to this image's version.
set -eu

SQL_PASSWORD=$(cat /run/secrets/temporal/database)
export SQL_PASSWORD
versioned=/etc/temporal/schema/postgresql/v12

tool() {
  database=$1
  shift
  temporal-sql-tool --plugin postgres12_pgx --ep temporal-db -p 5432 -u temporal --db "$database" "$@"
}

update() {
  # A database without a version table is new.
  if ! tool "$1" update-schema -d "$versioned/$2/versioned"; then
    tool "$1" create
    tool "$1" setup-schema -v 0.0
    tool "$1" update-schema -d "$versioned/$2/versioned"
  fi
}

update temporal temporal
update temporal_visibility visibility
echo 'The databases of Temporal are up to date.'
