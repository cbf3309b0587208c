#!/bin/sh
# Make every secret of an installation on a server database, each in a file of its own.
#
#   sh ops/deploy/make-secrets.sh DIRECTORY DATABASE_HOST [DATABASE_NAME]
#
# DATABASE_HOST is a name, a name with a port (db.example.cn:5433), or the directory of the server's
# socket (/run/postgresql).
# For containers the directory is closed to everybody but its owner, and the files in it can be read by
# whoever they are mounted for. With GROUP=gongzhang, for systemd, that group may enter and read what a
# service needs, and root alone reads the rest. Nothing that exists is replaced.
set -eu
directory=${1:?which directory?}
host=${2:?which host runs PostgreSQL?}
database=${3:-gongzhang}
case $host in
    /*) database="$database?host=$host" host= ;;
esac

secret() {
    head -c 36 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n='
}

protect() {
    case ${GROUP:+$1} in
        '') chmod 0444 "$1" ;;
        */admin-* | */postgres-* | */app-*) chmod 0400 "$1" ;;
        *) chgrp "$GROUP" "$1" && chmod 0440 "$1" ;;
    esac
}

keep() {
    if [ -e "$directory/$1" ]; then
        printf '%s is there already and stays\n' "$directory/$1"
    else
        printf '%s\n' "$2" > "$directory/$1"
        protect "$directory/$1"
    fi
}

mkdir -p "$directory"
chmod 0700 "$directory"
if [ -n "${GROUP:-}" ]; then
    chgrp "$GROUP" "$directory"
    chmod 0750 "$directory"
fi
keep postgres-password "$(secret)"
keep admin-password "$(secret)"
keep app-password "$(secret)"
keep admin-database-url \
    "postgresql://gongzhang_admin:$(cat "$directory/admin-password")@$host/$database"
keep database-url "postgresql://gongzhang_app:$(cat "$directory/app-password")@$host/$database"
# Marked, as ops/key_marks.py says: neither is ever taken for the other.
keep backup-key "gongzhang-backup-key-$(secret)"
[ -n "${GROUP:-}" ] || keep secret-key "gongzhang-secret-$(secret)" # under systemd it is made in the data directory
printf 'Copy the backup key and the secret key to a safe away from this machine and its backups:\n'
printf 'without the first no backup opens, without the second personal data stays unreadable.\n'
