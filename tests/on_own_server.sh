#!/usr/bin/env bash
# usage: tests/on_own_server.sh COMMAND…
#
# Runs a command with GONGZHANG_TEST_DATABASE_URL: as it was given, else the address of a throw-away
# server of the oldest PostgreSQL that Debian's packages have put on this machine. Without one it
# says so and does nothing, since a laptop need not have it.
set -euo pipefail

if [ -n "${GONGZHANG_TEST_DATABASE_URL:-}" ]; then exec "$@"; fi

bin=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | head -n 1)
bin=${bin%/initdb}
if [ ! -x "$bin/initdb" ]; then
    printf 'Not tried, for want of the package postgresql: the tests on a server of its own\n' >&2
    exit 0
fi

room=/tmp
[ -w /dev/shm ] && room=/dev/shm # a clone a test is hard on a disk
cluster=$(mktemp -d "$room/gongzhang-server-XXXXXX")
as_postgres=()
if [ "$(id -u)" -eq 0 ]; then # who is root may start no server
    chown postgres "$cluster"
    as_postgres=(setpriv --reuid postgres --regid postgres --clear-groups)
fi
stop() {
    "${as_postgres[@]}" "$bin/pg_ctl" --pgdata "$cluster/data" --silent --mode fast stop || true
    rm -rf "$cluster"
}
trap stop EXIT
"${as_postgres[@]}" "$bin/initdb" --pgdata "$cluster/data" --username postgres \
    --auth trust --encoding UTF8 --locale C --no-sync >"$cluster/initdb.log"
"${as_postgres[@]}" "$bin/pg_ctl" --pgdata "$cluster/data" --wait --silent \
    --log "$cluster/server.log" --options \
    "-k $cluster -c listen_addresses='' -c fsync=off -c max_connections=200" start
GONGZHANG_TEST_DATABASE_URL="postgresql://postgres@/postgres?host=$cluster" "$@"
