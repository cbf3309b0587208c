"""Bodies that nobody sends by mistake, and some that everybody does; what each must be called.

Each case changes the body of a good entry. ``refusal`` is the code; the books must stay empty.
"""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

JSON = "application/json"


class Hostile(NamedTuple):
    """One body, how it is labelled, and its refusal."""

    name: str
    body: bytes
    refusal: str
    content_type: str | None = JSON


def hostile_bodies(good: dict[str, Any]) -> Iterator[Hostile]:
    """Every case, made from a body that would be accepted."""
    yield from _broken_syntax(good)
    yield from _broken_text(good)
    yield from _wrong_numbers(good)
    yield from _wrong_shapes(good)
    yield from _wrong_labels(good)


def _text(tree: Any) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode()


def _with(good: dict[str, Any], **fields: Any) -> bytes:
    return _text({**good, **fields})


def _amount(good: dict[str, Any], literal: str) -> bytes:
    """The body with this literal as amount."""
    return _text(good).replace(b'"amount": 120', b'"amount": ' + literal.encode())


def _broken_syntax(good: dict[str, Any]) -> Iterator[Hostile]:
    whole = _text(good)
    yield Hostile("empty", b"", "malformed_body")
    yield Hostile("white space", b" \n\t ", "malformed_body")
    yield Hostile("truncated", whole[:-10], "malformed_body")
    yield Hostile("two objects", whole + whole, "malformed_body")
    yield Hostile("trailing comma", whole[:-1] + b",}", "malformed_body")
    yield Hostile("single quotes", whole.replace(b'"', b"'"), "malformed_body")
    yield Hostile("comment", b"/* entry */" + whole, "malformed_body")
    yield Hostile("byte order mark", b"\xef\xbb\xbf" + whole, "malformed_body")
    yield Hostile("not a number", _amount(good, "NaN"), "malformed_body")
    yield Hostile("infinity", _amount(good, "Infinity"), "malformed_body")
    yield Hostile("hexadecimal", _amount(good, "0x78"), "malformed_body")
    yield Hostile("leading zero", _amount(good, "0120"), "malformed_body")
    yield Hostile("binary", bytes(range(256)), "malformed_body")
    yield Hostile("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "malformed_body")
    yield Hostile("lists 100,000 deep", b"[" * 100_000, "body_too_deep")
    yield Hostile("closed lists 100,000 deep", b"[" * 100_000 + b"]" * 100_000, "body_too_deep")
    yield Hostile("objects 33 deep", b'{"a":' * 33 + b"1" + b"}" * 33, "body_too_deep")
    deep = b'{"memo":' + b"[" * 40 + b"]" * 40 + b"," + whole[1:]
    yield Hostile("a field 40 deep", deep, "body_too_deep")


def _broken_text(good: dict[str, Any]) -> Iterator[Hostile]:
    yield Hostile("latin-1", _with(good, memo="x").replace(b'"x"', b'"\xe9"'), "malformed_body")
    yield Hostile("GBK", _with(good, memo="x").replace(b'"x"', b'"\xcd\xf5"'), "malformed_body")
    overlong = _with(good, memo="x").replace(b'"x"', b'"\xc0\xaf"')
    yield Hostile("overlong UTF-8", overlong, "malformed_body")
    surrogate = _with(good, memo="x").replace(b'"x"', b'"\xed\xa0\x80"')
    yield Hostile("surrogate in UTF-8", surrogate, "malformed_body")
    lone = _with(good, memo="x").replace(b'"x"', b'"\\ud800"')
    yield Hostile("lone surrogate", lone, "malformed_body")
    raw = _with(good, memo="x").replace(b'"x"', b'"\x01"')
    yield Hostile("raw control character", raw, "malformed_body")
    for name, character in {
        "NUL": "\\u0000",
        "escape": "\\u001b",
        "line break": "\\n",
        "delete": "\\u007f",
        "right-to-left override": "\\u202e",
        "isolate": "\\u2066",
        "line separator": "\\u2028",
        "zero-width no-break space": "\\ufeff",
        "non-character": "\\uffff",
    }.items():
        body = _with(good, memo="x").replace(b'"x"', f'"a{character}b"'.encode())
        yield Hostile(f"{name} in text", body, "invalid_body")
    yield Hostile("override in a name", _with(good, **{"me\u202emo": "x"}), "invalid_body")
    yield Hostile("text too long", _with(good, memo="长" * 201), "invalid_body")
    yield Hostile("empty text", _with(good, memo=""), "invalid_body")
    yield Hostile("event with a line break", _with(good, event_code="TB03\n"), "invalid_body")


def _wrong_numbers(good: dict[str, Any]) -> Iterator[Hostile]:
    for name, literal in {
        "zero": "0",
        "minus one": "-1",
        "minus zero": "-0",
        "float that is whole": "120.0",
        "fraction": "119.99",
        "exponent": "12e1",
        "tiny exponent": "1e-400",
        "beyond 2^53": "9007199254740992",
        "beyond 2^63": "9223372036854775808",
        "400 digits": "9" * 400,
        "huge exponent": "1e400",
        "true": "true",
        "null": "null",
        "text": '"120"',
        "list": "[120]",
    }.items():
        yield Hostile(f"amount {name}", _amount(good, literal), "invalid_body")


def _wrong_shapes(good: dict[str, Any]) -> Iterator[Hostile]:
    whole = _text(good)
    for name, body in {"null": b"null", "list": b"[]", "text": b'"x"', "number": b"1"}.items():
        yield Hostile(f"{name} for an object", body, "invalid_body")
    yield Hostile("nothing in it", b"{}", "invalid_body")
    yield Hostile("unknown field", _with(good, is_admin=True), "invalid_body")
    yield Hostile("prototype", _with(good, __proto__={"admin": 1}), "invalid_body")
    transfer = good["transfers"][0]
    yield Hostile("no transfers", _with(good, transfers=[]), "invalid_body")
    yield Hostile("transfers null", _with(good, transfers=None), "invalid_body")
    yield Hostile("101 transfers", _with(good, transfers=[transfer] * 101), "invalid_body")
    unknown = [{**transfer, "rate": 1}]
    yield Hostile("unknown field inside", _with(good, transfers=unknown), "invalid_body")
    bare = [{name: value for name, value in transfer.items() if name != "amount"}]
    yield Hostile("missing field inside", _with(good, transfers=bare), "invalid_body")
    for value in ("", "x", str(UUID(int=0))[:-1], "../../etc/passwd", 1, None, []):
        wrong = [{**transfer, "debit_account": value}]
        yield Hostile(f"account {value!r}", _with(good, transfers=wrong), "invalid_body")
    for value in ("", "yesterday", "2026-11-07", "2026-13-07T00:00:00Z", "2026-11-07T09:30:00", 0):
        yield Hostile(f"time {value!r}", _with(good, occurred_at=value), "invalid_body")
    for value in ("2026-02-30", "2026-11-07T00:00:00Z", "11/07/2026", 20261107):
        yield Hostile(f"date {value!r}", _with(good, booked_on=value), "invalid_body")
    yield from _dates_nobody_means(good)
    twice = whole[:-1] + b', "event_code": "TB04"}'
    yield Hostile("a field twice", twice, "invalid_body")
    hidden = whole[:-1] + b', "event\\u005fcode": "TB04"}'
    yield Hostile("a field twice, once escaped", hidden, "invalid_body")
    inside = whole.replace(b'"amount": 120', b'"amount": 120, "amount": 121')
    yield Hostile("an amount twice", inside, "invalid_body")


def _dates_nobody_means(good: dict[str, Any]) -> Iterator[Hostile]:
    for moment in (
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "1899-12-31T23:59:59Z",
        "1900-01-01T00:00:00+08:00",
        "1999-12-31T23:59:59+08:00",
        "3000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-08:00",
    ):
        yield Hostile(f"time {moment}", _with(good, occurred_at=moment), "invalid_body")
        escaped = _with(good, occurred_at=moment).replace(
            f'"{moment}'.encode(), f'"\\u003{moment}'.encode()
        )
        yield Hostile(f"time {moment} in escapes", escaped, "invalid_body")
    for day in ("0001-01-01", "1026-11-07", "9999-12-31"):
        yield Hostile(f"date {day}", _with(good, booked_on=day), "invalid_body")
    dated = [{**good["transfers"][0], "expires_on": "0001-01-01"}]
    yield Hostile("last day of use 0001-01-01", _with(good, transfers=dated), "invalid_body")
    for day in ("1899-12-31", "2999-12-31", "2200-01-01"):
        dated = [{**good["transfers"][0], "expires_on": day}]
        yield Hostile(f"last day of use {day}", _with(good, transfers=dated), "invalid_body")


def _wrong_labels(good: dict[str, Any]) -> Iterator[Hostile]:
    whole = _text(good)
    for content_type in (
        None,
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "application/jsonx",
        "application/msgpack",
        "application/vnd.api+json",
    ):
        name = f"content type {content_type}"
        yield Hostile(name, whole, "media_type_unsupported", content_type)
    padded = whole[:-1] + b" " * (1024 * 1024) + b"}"
    yield Hostile("one byte over a mebibyte", padded, "body_too_large")
