#!/bin/sh
# Point services and commands at another database of the same server, as after a restore:
#
#   sh ops/deploy/use-database.sh NAME [DIRECTORY]
#
# Both logins must get into it and find the tables of this program there. Then both addresses in the
# directory of secrets are changed and told without their passwords; where one cannot be, neither is.
# Restart the services afterwards.
set -eu
name=${1:?which database?}
directory=${2:-/etc/gongzhang/secrets}
program=${PROGRAM:-$(dirname "$(readlink -f "$0")")/../../.venv/bin/gongzhang}
form='^(postgres(ql)?://[^/?]+)/([^/?]+)(\?.*)?$'
case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    [Zz][Hh]*) chinese=yes ;;
    *) chinese='' ;;
esac
fail() { # the sentence in English, then in Chinese; the locale decides as for the commands
    if [ -n "$chinese" ]; then
        printf 'use-database.sh: %s什么也没有改。\n' "$2" >&2
    else
        printf 'use-database.sh: %s Nothing was changed.\n' "$1" >&2
    fi
    exit 1
}
case $name in
    '' | *[!a-z0-9_]*) fail "$name is no name for a database: small letters, digits and _ only." \
        "$name 不能作库名：只用小写字母、数字和 _。" ;;
esac
[ -x "$program" ] || fail "$program is not there: make -C /opt/gongzhang install." \
    "没有 $program：请运行 make -C /opt/gongzhang install。"
address() { # what the file would hold
    sed -E "s#$form#\\1/$name\\4#" "$1"
}
for file in database-url admin-database-url; do
    path=$directory/$file
    [ -w "$path" ] || fail "$path cannot be written; run this as root." \
        "$path 写不了，请以 root 运行。"
    [ "$(grep -cE "$form" "$path")" = 1 ] || fail "$path does not hold one address with a database." \
        "$path 里不是一个带库名的地址。"
    [ "$(sed -nE "s#$form#\\3#p" "$path")" != "$name" ] || fail "$path names $name already." \
        "$path 已经是 $name。"
    GONGZHANG_DATABASE_URL=$(address "$path") "$program" programme list > /dev/null || fail \
        "The services could not use $name with the login in $path; the reason stands above." \
        "用 $path 里的登录，服务用不了 $name，原因见上一行。"
done
for file in database-url admin-database-url; do
    path=$directory/$file
    old=$(sed -nE "s#$form#\\3#p" "$path")
    sed -i -E "s#$form#\\1/$name\\4#" "$path"
    printf '%s: %s -> %s\n' "$path" "$old" "$(sed -nE "s#$form#\\3#p" "$path")"
done
if [ -n "$chinese" ]; then
    printf '现在重启服务：systemctl restart gongzhang gongzhang-worker\n'
else
    printf 'Now restart the services: systemctl restart gongzhang gongzhang-worker\n'
fi
