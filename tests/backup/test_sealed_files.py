"""A sealed file opens with its key only, and only as it was written."""

import io
from pathlib import Path

import pytest

from ops.backup.errors import BackupDamaged, BackupFailed, WrongBackupKey
from ops.backup.sealed_files import (
    CHUNK_BYTES,
    HEAD_BYTES,
    TAG_BYTES,
    Sealer,
    new_backup_key,
    read_backup_key,
    unsealed,
)

KEY = b"k" * 32
WHERE = Path("a.backup")
CONTENT = b"".join(bytes([number]) * CHUNK_BYTES for number in range(3)) + b"the rest"
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


def seal(content: bytes, key: bytes = KEY) -> bytes:
    file = io.BytesIO()
    sealer = Sealer(file, key)
    for start in range(0, len(content), 700_001):
        sealer.write(content[start : start + 700_001])
    sealer.finish()
    assert sealer.written == len(file.getvalue())
    return file.getvalue()


def open_(sealed: bytes, key: bytes = KEY) -> bytes:
    return b"".join(unsealed(io.BytesIO(sealed), key, length=len(sealed), path=WHERE))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_what_was_sealed_comes_out_again(size: int) -> None:
    content = (b"0123456789" * (size // 10 + 1))[:size]
    assert open_(seal(content)) == content


def test_nothing_of_the_content_is_readable_and_no_two_files_are_alike() -> None:
    one, two = seal(b"chen jing " * 1000), seal(b"chen jing " * 1000)
    assert b"chen jing" not in one
    assert one != two


def test_another_key_opens_nothing() -> None:
    with pytest.raises(WrongBackupKey, match="GONGZHANG_BACKUP_KEY_FILE"):
        open_(seal(CONTENT), key=b"x" * 32)
    with pytest.raises(WrongBackupKey):
        open_(seal(b"short"), key=b"x" * 32)


def test_a_file_that_was_cut_off_is_refused_wherever_the_cut_is() -> None:
    sealed = seal(CONTENT)
    for cut in (HEAD_BYTES - 1, HEAD_BYTES + 5, HEAD_BYTES + SEALED_CHUNK, len(sealed) - 1):
        with pytest.raises(BackupFailed):
            open_(sealed[:cut])
    with pytest.raises(BackupDamaged, match="its end is missing"):
        open_(sealed[: HEAD_BYTES + 2 * SEALED_CHUNK])


def test_chunks_cannot_be_changed_exchanged_repeated_or_left_out() -> None:
    sealed = seal(CONTENT)
    head, body = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:]
    chunks = [body[start : start + SEALED_CHUNK] for start in range(0, len(body), SEALED_CHUNK)]
    flipped = bytes([chunks[1][0] ^ 1]) + chunks[1][1:]
    for order in (
        [chunks[0], flipped, chunks[2], chunks[3]],
        [chunks[0], chunks[2], chunks[1], chunks[3]],
        [chunks[0], chunks[0], chunks[1], chunks[2], chunks[3]],
        [chunks[0], chunks[2], chunks[3]],
        [*chunks, chunks[3]],
    ):
        with pytest.raises(BackupFailed):
            open_(head + b"".join(order))


def test_a_key_is_made_once_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "key"
    new_backup_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    key = read_backup_key(str(path))
    with pytest.raises(BackupFailed, match="a key is never replaced"):
        new_backup_key(path)
    assert read_backup_key(str(path)) == key


@pytest.mark.parametrize(("content", "told"), [(None, "cannot be read"), ("short", "too short")])
def test_a_key_that_is_none_is_refused_with_the_remedy(
    tmp_path: Path, content: str | None, told: str
) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BackupFailed, match=told):
        read_backup_key(str(path))
    with pytest.raises(BackupFailed, match="backup new-key"):
        read_backup_key("")
