#!/usr/bin/env bash
# Runs once, when the volume is empty: one role and one database per service; a role can reach its own database only.
set -euo pipefail

for service in order payment inventory notification saga-orchestrator; do
  role=${service//-/_}
  psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -v role="$role" -v password="$(cat "/run/secrets/$service-password")" <<'SQL'
    create role :"role" login password :'password';
    create database :"role" owner :"role";
    revoke all on database :"role" from public;
SQL
done
