"""Passwords: argon2id in two threads, so that hashing neither stops the loop nor fills memory.

Parameters: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB, 2 passes, 1 lane.
"""

import asyncio
import re
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.errors import LedgerError

SHORTEST = 8
LONGEST = 128
_KEYBOARD_RUNS = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm",
                  "1qaz2wsx3edc4rfv5tgb6yhn7ujm")  # fmt: skip
_LEAST_DISTINCT = 4
_SHORTEST_OF_DIGITS = 12
_NUMBER_TAIL = re.compile(r"(19|20)?\d{0,6}[!@#.]?\Z")
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Of random bytes that were thrown away, with the parameters of every other: looking at it costs
#: the same from the first unknown name on.
_HASH_OF_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$tgx+g+EMkeJOFKCXwUyL5A"
    "$VAlOxnPHaAuPapJi+7/Rff01aFBY10XrwLN3l3yxqls"
)
T = TypeVar("T")
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


class PasswordNotAccepted(LedgerError):
    """A new password that is too short, too long, common, or made of the person's own names."""

    template = (
        "This password is not accepted ({reason}). It takes {shortest} to {longest} characters, and"
        " neither a common word or number nor a name of the person."
    )


async def hash_password(password: str) -> str:
    """The argon2id hash of a password."""
    return await _in_thread(_hasher.hash, _plain(password))


def is_same_password(one: str, other: str) -> bool:
    """Whether two passwords that were typed are one and the same."""
    return _plain(one) == _plain(other)


async def password_is_right(stored_hash: str | None, password: str) -> bool:
    """Whether the password fits the hash; without a hash it takes as long and says no."""
    known = stored_hash is not None
    fits = await _in_thread(_fits, stored_hash or _HASH_OF_NOBODY, _plain(password))
    return known and fits


def check_new_password(password: str, *, names: Sequence[str] = ()) -> None:
    """Refuse what is guessed first.

    Raises:
        PasswordNotAccepted: with the reason too_short, too_long, common or contains_name.
    """
    plain = _plain(password)
    if len(plain) < SHORTEST:
        raise PasswordNotAccepted(reason="too_short", shortest=SHORTEST, longest=LONGEST)
    if len(plain) > LONGEST:
        raise PasswordNotAccepted(reason="too_long", shortest=SHORTEST, longest=LONGEST)
    if _is_common(plain.casefold()):
        raise PasswordNotAccepted(reason="common", shortest=SHORTEST, longest=LONGEST)
    if any(len(name) >= 3 and name.casefold() in plain.casefold() for name in names):
        raise PasswordNotAccepted(reason="contains_name", shortest=SHORTEST, longest=LONGEST)


def _is_common(folded: str) -> bool:
    """A listed word with a number behind it, a birthday or telephone, a run of the keyboard."""
    word = _NUMBER_TAIL.sub("", folded)
    if folded in _common_words() or word in _common_words() or len(set(folded)) < _LEAST_DISTINCT:
        return True
    if folded.isdecimal() and len(folded) < _SHORTEST_OF_DIGITS:
        return True
    return any(folded in run * 2 or folded in run[::-1] * 2 for run in _KEYBOARD_RUNS)


@cache
def _common_words() -> frozenset[str]:
    text = files("ledger.foundation").joinpath("data", "common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _fits(stored_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(stored_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _plain(password: str) -> str:
    """One form for what different keyboards send (NIST SP 800-63B §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


async def _in_thread(function: Callable[..., T], *arguments: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, function, *arguments)
