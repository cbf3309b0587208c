#!/usr/bin/env bash
# The tests that mount a small disk or change the user; as root every other run has made them.
set -euo pipefail

if [ "$(id -u)" -eq 0 ]; then exit 0; fi
if ! sudo -n true 2>/dev/null; then
    printf 'Not tried, since sudo asks for a password: what only root may do\n' >&2
    exit 0
fi
sudo -n env PYTHONDONTWRITEBYTECODE=1 .venv/bin/python -m pytest -p no:cacheprovider \
    -k 'root or wrapper or disk' tests/deploy/test_deploy.py tests/backup \
    tests/cli/test_mistakes.py tests/database/test_embedded_postgres.py \
    tests/faults/test_full_disk.py
