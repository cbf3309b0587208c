"""Files that only the holder of the backup key can read, and nobody can shorten or change.

    magic (19 bytes) | salt (16 bytes) | chunks: AES-256-GCM of 1 MiB at most, 16 bytes of tag

The key of a file is derived from the backup key and the file's own salt (scrypt), so that a nonce
may be the chunk's number. Number and "this is the last" are part of the nonce, and the head is
authenticated with every chunk: exchanged, repeated, missing or added chunks do not open, and a file
that ends before its last chunk is told from a whole one.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ops.backup.errors import BackupDamaged, BackupFailed, WrongBackupKey
from ops.key_marks import BACKUP_KEY_MARK, SECRET_MARK
from ops.new_file import write_new_file

MAGIC = b"gongzhang-sealed-1\n"
SALT_BYTES = 16
CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
HEAD_BYTES = len(MAGIC) + SALT_BYTES
SHORTEST_KEY = 32
# 32 MiB of memory and about a tenth of a second: the key may also be a long sentence.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**15, 8, 1
_SCRYPT_MEMORY = 64 * 1024 * 1024


def read_backup_key(key_file: str) -> bytes:
    """The key that seals backups.

    Raises:
        BackupFailed: none is set, or it cannot be read, is too short, or the installation's secret.
    """
    if not key_file:
        raise BackupFailed(
            "Backups are sealed, and no key is set. Make one with: gongzhang backup new-key FILE, "
            "keep a copy of it away from this machine, and set GONGZHANG_BACKUP_KEY_FILE=FILE."
        )
    path = Path(key_file).expanduser()
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise BackupFailed(
            f"The backup key {path} cannot be read: {error.strerror}. "
            "Correct GONGZHANG_BACKUP_KEY_FILE, or the rights of the file."
        ) from error
    if len(key) < SHORTEST_KEY:
        raise BackupFailed(
            f"The backup key {path} is too short: {SHORTEST_KEY} characters are needed. "
            "Make one with: gongzhang backup new-key FILE"
        )
    if key.startswith(SECRET_MARK.encode()):
        raise BackupFailed(
            f"{path} holds the installation's secret, not a backup key: `keys rotate` would change "
            "it, and no backup would open. Let GONGZHANG_BACKUP_KEY_FILE name the backup key; a "
            "new one is made with: gongzhang backup new-key FILE"
        )
    return key


def new_backup_key(path: Path) -> None:
    """Write a fresh key, readable by us alone.

    Raises:
        BackupFailed: something is there already; a key is never replaced.
        FileNotWritten: the disk refuses; nothing is left under the name.
    """
    if os.path.lexists(path):
        raise BackupFailed(
            f"{path} exists, and a key is never replaced: backups sealed with it could not be "
            "opened any more. Choose another file."
        )
    key = f"{BACKUP_KEY_MARK}{secrets.token_urlsafe(48)}\n"
    write_new_file(path, key.encode(), mode=0o600)


class Sealer:
    """Write a sealed stream; call `finish`, otherwise the file counts as cut off."""

    def __init__(self, file: IO[bytes], key: bytes) -> None:
        self._head = MAGIC + secrets.token_bytes(SALT_BYTES)
        self._cipher = _cipher(key, self._head)
        self._file = file
        self._number = 0
        self._waiting = bytearray()
        self.written = len(self._head)
        self.digest = hashlib.sha256(self._head)
        file.write(self._head)

    def write(self, data: bytes) -> None:
        """Seal more of the content."""
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:  # the last chunk is written by finish
            self._put(bytes(self._waiting[:CHUNK_BYTES]), is_last=False)
            del self._waiting[:CHUNK_BYTES]

    def finish(self) -> None:
        """Seal what is left, marked as the end."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        sealed = self._cipher.encrypt(_nonce(self._number, is_last), chunk, self._head)
        self._file.write(sealed)
        self.digest.update(sealed)
        self.written += len(sealed)
        self._number += 1


def unsealed(file: IO[bytes], key: bytes, *, length: int, path: Path) -> Iterator[bytes]:
    """The content of a sealed stream of `length` bytes that begins where the file stands.

    What is yielded is authentic; that it is all is known when the iteration ends.

    Raises:
        BackupDamaged: no sealed stream, or cut off, or changed.
        WrongBackupKey: already the first chunk does not open.
    """
    head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or not head.startswith(MAGIC):
        raise BackupDamaged(path, "it does not begin like one")
    cipher = _cipher(key, head)
    left = length - HEAD_BYTES
    number = 0
    while True:
        chunk = file.read(min(left, CHUNK_BYTES + TAG_BYTES))
        left -= len(chunk)
        try:
            content = cipher.decrypt(_nonce(number, left <= 0), chunk, head)
        except (InvalidTag, ValueError) as error:
            if number == 0 and left > 0:
                raise WrongBackupKey(path) from error
            raise _unopened(cipher, number, chunk, head, path) from error
        yield content
        number += 1
        if left <= 0:
            return


def _unopened(cipher: AESGCM, number: int, chunk: bytes, head: bytes, path: Path) -> BackupFailed:
    """Tell a file that was cut off from one that was changed, and from a wrong key."""
    try:
        cipher.decrypt(_nonce(number, is_last=False), chunk, head)
    except (InvalidTag, ValueError):
        return WrongBackupKey(path) if number == 0 else BackupDamaged(path, "it was changed")
    return BackupDamaged(path, "its end is missing")


def _cipher(key: bytes, head: bytes) -> AESGCM:
    salt = head[len(MAGIC) :]
    return AESGCM(
        hashlib.scrypt(
            key, salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, maxmem=_SCRYPT_MEMORY, dklen=32
        )
    )


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
