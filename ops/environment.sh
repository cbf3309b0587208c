#!/bin/sh
# Make .venv and install pinned packages into it.
#
#   sh ops/environment.sh requirements.txt
#
# Needs only Python 3.11, 3.12 or 3.13. PYTHON=/path/to/python chooses one.
set -eu
requirements=$1
venv=.venv

fail() {
    printf '\n%s\n\n' "$*" >&2
    exit 1
}

suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
        if suitable "$candidate"; then
            printf '%s\n' "$candidate"
            return
        fi
    done
    fail "Python 3.11, 3.12 or 3.13 is needed and was not found (looked for: ${PYTHON:-python3.13 \
python3.12 python3.11 python3 python}). Install one, or say where it is: make PYTHON=/path/to/python"
}

if ! suitable "$venv/bin/python"; then
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "$python lacks the modules venv and \
ensurepip. On Debian and Ubuntu they are a package of their own: apt-get install python3-venv"
    printf 'Making %s with %s\n' "$venv" "$("$python" --version)"
    "$python" -m venv --clear "$venv"
fi

printf 'Installing %s (the first time this takes a minute)\n' "$requirements"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    -r "$requirements" || fail "Installing failed; the reason stands above. A network or a package \
mirror is needed the first time."

# The command as a file; it finds the clone by its own place, so that both may be moved together.
cat > "$venv/bin/gongzhang" <<'SCRIPT'
#!/bin/sh
bin=$(dirname "$(readlink -f "$0")")
PYTHONPATH="$bin/../..${PYTHONPATH:+:$PYTHONPATH}" exec "$bin/python" -P -m ops.cli.main "$@"
SCRIPT
chmod +x "$venv/bin/gongzhang"
