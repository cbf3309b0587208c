"""The canonical encoding never changes: what was sealed is recognised for ever."""

import json
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from ledger.books.canonical import (
    SealableEntry,
    SealableLine,
    SealableVoucher,
    encode_entry,
    leaf_hash,
)

# Only ever added to: a case that fails means that sealed history would no longer be recognised.
CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("canonical_entries.json").read_text(encoding="utf-8")
)

ENTRY = SealableEntry(
    tenant_id=UUID("0190a5d0-0000-7000-8000-000000000001"),
    entry_id=UUID("0190a5d0-0000-7000-8000-000000000002"),
    kind=0,
    event_code="TB03",
    occurred_at=datetime(2026, 3, 1, 2, 0, tzinfo=UTC),
    posted_at=datetime(2026, 3, 1, 2, 0, 0, 1, tzinfo=UTC),
    booked_on=date(2026, 3, 1),
    caller_id=7,
    subject_id=None,
    policy_version=None,
    reversed_entry_id=None,
    memo_commitment=None,
    lines=(
        SealableLine(
            debit_account_id=UUID("0190a5d0-0000-7000-8000-000000000003"),
            credit_account_id=UUID("0190a5d0-0000-7000-8000-000000000004"),
            book_code="TB",
            unit_code="minute",
            amount=120,
            expires_on=date(2029, 3, 1),
            debit_version=1,
            debit_balance=120,
            credit_version=1,
            credit_balance=120,
        ),
    ),
    vouchers=(),
)
LINE = ENTRY.lines[0]
OTHER_ID = UUID("0190a5d0-0000-7000-8000-00000000ffff")
MOMENT = datetime(2026, 3, 1, 2, 0, 0, 2, tzinfo=UTC)

# Every field, changed in the least way there is.
CHANGES: list[dict[str, Any]] = [
    {"tenant_id": OTHER_ID},
    {"entry_id": OTHER_ID},
    {"kind": 1},
    {"event_code": "TB04"},
    {"occurred_at": MOMENT},
    {"posted_at": MOMENT},
    {"booked_on": date(2026, 3, 2)},
    {"caller_id": 8},
    {"subject_id": OTHER_ID},
    {"policy_version": 0},
    {"reversed_entry_id": OTHER_ID},
    {"memo_commitment": bytes(32)},
    {"lines": ()},
    {"lines": (LINE, LINE)},
    {"vouchers": (SealableVoucher("PG", 1),)},
    {"vouchers": (SealableVoucher("PG", 2),)},
    *(
        {"lines": (msgspec.structs.replace(LINE, **change),)}
        for change in (
            {"debit_account_id": OTHER_ID},
            {"credit_account_id": OTHER_ID},
            {"book_code": "SP"},
            {"unit_code": "point"},
            {"amount": 121},
            {"expires_on": date.max},
            {"debit_version": 2},
            {"debit_balance": -120},
            {"credit_version": 2},
            {"credit_balance": 121},
        )
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_an_entry_keeps_its_bytes_and_its_leaf(case: dict[str, Any]) -> None:
    encoded = encode_entry(msgspec.convert(case["entry"], SealableEntry))
    assert encoded.hex() == case["encoded"]
    assert leaf_hash(encoded).hex() == case["leaf"]


def test_no_two_entries_share_their_bytes() -> None:
    entries = [ENTRY, *(msgspec.structs.replace(ENTRY, **change) for change in CHANGES)]
    for one, other in combinations(entries, 2):
        assert encode_entry(one) != encode_entry(other)


def test_every_field_is_covered_by_a_change() -> None:
    changed = {name for change in CHANGES for name in change}
    assert changed == {field.name for field in msgspec.structs.fields(SealableEntry)}
    changed_in_lines = {
        field.name
        for change in CHANGES
        for line in change.get("lines", ())
        for field in msgspec.structs.fields(SealableLine)
        if getattr(line, field.name) != getattr(LINE, field.name)
    }
    assert changed_in_lines == {field.name for field in msgspec.structs.fields(SealableLine)}


def test_text_cannot_be_moved_between_neighbouring_fields() -> None:
    one, other = (
        msgspec.structs.replace(
            ENTRY, lines=(msgspec.structs.replace(LINE, book_code=book, unit_code=unit),)
        )
        for book, unit in (("T", "Bminute"), ("TB", "minute"))
    )
    assert encode_entry(one) != encode_entry(other)


def test_a_leaf_cannot_pass_for_a_node() -> None:
    encoded = encode_entry(ENTRY)
    assert leaf_hash(encoded) == sha256(b"\x00" + encoded).digest() != sha256(encoded).digest()


def test_fields_lie_where_the_description_says() -> None:
    encoded = encode_entry(ENTRY)
    assert encoded[0] == 1
    assert encoded[1:17] == ENTRY.tenant_id.bytes
    assert encoded[17:33] == ENTRY.entry_id.bytes
    assert encoded[33] == 0
    assert encoded[34:40] == b"\x00\x04TB03"
    assert int.from_bytes(encoded[40:48], "big") == 1_772_330_400_000_000
    assert int.from_bytes(encoded[56:60], "big") == date(2026, 3, 1).toordinal()
    assert len(encoded) == 68 + 4 + 32 + 4 + 8 + 8 + 4 + 32 + 2
