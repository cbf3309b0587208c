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

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    [Zz][Hh]*) chinese=yes ;;
    *) chinese='' ;;
esac
tell() { # the sentence in English, then in Chinese; the locale decides as for the commands
    [ -z "$chinese" ] || shift
    printf '%s\n' "$1"
}

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
        tell "$directory/$1 is there already and stays" "$directory/$1 已经有了，保持不变"
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
tell "Copy the backup key to a safe away from this machine and its backups: without it no backup opens." \
    "请把 backup-key 另存到这台机器和备份以外的保险处：没有它，备份打不开。"
if [ -n "${GROUP:-}" ]; then
    tell "The same later with the secret key, which the first administrator's creation makes in the data directory: without it personal data stays unreadable." \
        "建第一位管理员时，数据目录里会生成 secret-key，到时也另存一份：没有它，个人信息读不出来。"
else
    tell "The same with the secret key: without it personal data stays unreadable." \
        "secret-key 也另存一份：没有它，个人信息读不出来。"
fi
