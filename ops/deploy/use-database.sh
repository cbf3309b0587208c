#!/bin/sh
# Point services and commands at another database of the same server, as after a restore:
#
#   sh ops/deploy/use-database.sh NAME [DIRECTORY]
#
# Both addresses in the directory of secrets are changed and told without their passwords; where one
# cannot be, neither is. Restart the services afterwards.
set -eu
name=${1:?which database?}
directory=${2:-/etc/gongzhang/secrets}
form='^(postgres(ql)?://[^/?]+)/([^/?]+)(\?.*)?$'
fail() {
    printf 'use-database.sh: %s Nothing was changed.\n' "$*" >&2
    exit 1
}
case $name in
    '' | *[!a-z0-9_]*) fail "$name is no name for a database: small letters, digits and _ only." ;;
esac
for file in database-url admin-database-url; do
    path=$directory/$file
    [ -w "$path" ] || fail "$path cannot be written; run this as root."
    [ "$(grep -cE "$form" "$path")" = 1 ] || fail "$path does not hold one address with a database."
    [ "$(sed -nE "s#$form#\\3#p" "$path")" != "$name" ] || fail "$path names $name already."
done
for file in database-url admin-database-url; do
    path=$directory/$file
    old=$(sed -nE "s#$form#\\3#p" "$path")
    sed -i -E "s#$form#\\1/$name\\4#" "$path"
    printf '%s: %s -> %s\n' "$path" "$old" "$(sed -nE "s#$form#\\3#p" "$path")"
done
