"""The installation's secret and the backup key are never taken for each other, nor written over."""

import subprocess
from pathlib import Path

import pytest

from ledger.settings import Settings, UnknownSetting
from ops.backup.errors import BackupFailed
from ops.backup.sealed_files import new_backup_key, read_backup_key
from ops.secret_file import new_secret, secret_file, secret_ids, with_secret_key

MAKE_SECRETS = Path(__file__).parents[2] / "ops" / "deploy" / "make-secrets.sh"
OLD_KEY = "an older key, of the time before keys were marked"


@pytest.fixture(params=["by the command", "by the script"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A directory with a secret and a backup key."""
    where = tmp_path / "secrets"
    if request.param == "by the script":
        subprocess.run(["sh", MAKE_SECRETS, where, "db"], capture_output=True, check=True)
        return where
    where.mkdir()
    new_backup_key(where / "backup-key")
    (where / "secret-key").write_text(f"{new_secret()}\n")
    return where


def test_each_key_is_refused_in_the_place_of_the_other_and_taken_in_its_own(made: Path) -> None:
    secret, key = made / "secret-key", made / "backup-key"
    both = Settings(secret_key_file=str(secret), backup_key_file=str(key))
    assert secret_file(both) == secret
    assert read_backup_key(both.backup_key_file) == key.read_bytes().strip()
    before = (secret.read_bytes(), key.read_bytes())
    wrong = Settings(secret_key_file=str(key))
    for attempt in (secret_file, secret_ids, with_secret_key):
        with pytest.raises(UnknownSetting, match=r"holds a backup key.*Write over no file"):
            attempt(wrong)
    with pytest.raises(UnknownSetting, match="GONGZHANG_SECRET_KEY holds a backup key"):
        with_secret_key(Settings(secret_key=key.read_text().strip()))
    with pytest.raises(BackupFailed, match=r"holds the installation's secret.*backup new-key"):
        read_backup_key(str(secret))
    assert (secret.read_bytes(), key.read_bytes()) == before


def test_a_key_without_a_mark_is_known_by_being_named_twice(tmp_path: Path) -> None:
    key, copy = tmp_path / "backup-key", tmp_path / "copy"
    for path in (key, copy):
        path.write_text(f"{OLD_KEY}\n")
    for wrong in (
        Settings(secret_key_file=str(key), backup_key_file=str(key)),
        Settings(secret_key_file=str(copy), backup_key_file=str(key)),
        Settings(secret_key=OLD_KEY, backup_key_file=str(key)),
    ):
        for attempt in (with_secret_key, secret_ids):
            with pytest.raises(UnknownSetting, match=r"the same as the backup key.*over neither"):
                attempt(wrong)
    alone = Settings(secret_key_file=str(key), backup_key_file=str(tmp_path / "none"))
    assert secret_file(alone) == key
