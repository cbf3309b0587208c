"""Passwords: what is refused before it is hashed."""

import pytest

from ledger.foundation.passwords import (
    PasswordNotAccepted,
    check_new_password,
    hash_password,
    password_is_right,
)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("short 7", "too_short"),
        ("x" * 129, "too_long"),
        ("password", "common"),
        ("Password2024!", "common"),
        ("woaini1314", "common"),
        ("12345678", "common"),
        ("qwertyuiop", "common"),
        ("87654321", "common"),
        ("aaaaaaaab", "common"),
        ("5201314520", "common"),
        ("wangfang and the river", "contains_name"),
    ],
)
def test_bad_passwords_are_refused_with_their_reason(password: str, reason: str) -> None:
    with pytest.raises(PasswordNotAccepted) as refusal:
        check_new_password(password, names=["WangFang"])
    assert refusal.value.reason == reason


@pytest.mark.parametrize("password", ["乌龙茶与七只鹅过河", "Tr0ub4dor&3 horse", "x7#kPq2!" * 16])
def test_good_passwords_are_accepted(password: str) -> None:
    check_new_password(password, names=["wang", ""])


async def test_a_hash_fits_its_password_only() -> None:
    stored = await hash_password("乌龙茶与七只鹅")
    assert await password_is_right(stored, "乌龙茶与七只鹅")
    assert not await password_is_right(stored, "乌龙茶与七只鸭")
    assert not await password_is_right(None, "乌龙茶与七只鹅")
    assert not await password_is_right("not a hash", "乌龙茶与七只鹅")


async def test_full_width_digits_are_the_same_password() -> None:
    stored = await hash_password("abcdefgh12345xyz")
    assert await password_is_right(stored, "abcdefgh１２３４５xyz")
