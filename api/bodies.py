"""What a body may be, checked once for every route.

JSON is strict: UTF-8, at most 32 levels, no key twice in an object, whole numbers only, text in
NFC without control or bidirectional characters. Decoding into the route's struct comes after and
refuses unknown fields, wrong types and dates that nobody means.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import msgspec

from api.refusals import BodyTooDeep, InvalidBody, MalformedBody, MediaTypeUnsupported
from api.sensible_dates import ODD_TEXT, find_odd_date

MIB = 1024 * 1024
LARGEST_BODY = MIB
LARGEST_FILE = 50 * MIB
#: Of a route that is open to anyone: nobody types more to sign in.
LARGEST_OPEN_BODY = 64 * 1024
DEEPEST = 32
BODY_TIMEOUT_SECONDS = 30

JSON_TYPES = ("application/json",)
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
FILE_TYPES = ("application/octet-stream", "text/csv", "application/xml", "text/xml")

#: Control characters, bidirectional marks and overrides, line and paragraph separators, byte order
#: marks, and characters that are none.
_FORBIDDEN = (
    "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
    "\ufff9-\uffff\ud800-\udfff"
)
FORBIDDEN_CHARACTER = re.compile(f"[{_FORBIDDEN}]")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"')
_KEY = re.compile(rb'"((?:[^"\\]|\\.)*+)"\s*+:')
_NOT_WHOLE = re.compile(rb"[0-9][.eE]")
_TOO_LONG_NUMBER = re.compile(rb"[0-9]{20,}")
_PLAIN_ASCII = re.compile(rb"[\x20-\x7e\s]*+\Z")
_PLACE = re.compile(r" - at `(?:key in )?\$(?P<place>[^`]*)`\Z")
_FIELD = re.compile(r"field `(?P<name>[^`]*)`")

T = TypeVar("T")


def check_media_type(content_type: str, expected: Sequence[str]) -> None:
    """Refuse a content type that is none of those expected, or another charset than UTF-8.

    Raises:
        MediaTypeUnsupported: names what the route reads.
    """
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [item.partition("=")[2].strip('"') for item in parameters if item[:7] == "charset"]
    if media_type not in expected or any(charset != "utf-8" for charset in charsets):
        raise MediaTypeUnsupported(expected=" / ".join(expected))


def decode_body(raw: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """A command from its body.

    Raises:
        MalformedBody: not UTF-8, or not JSON.
        BodyTooDeep: more than 32 levels.
        InvalidBody: a field is wrong; names it.
    """
    clean = check_json(raw)
    try:
        command = decoder.decode(clean)
    except msgspec.ValidationError as error:
        raise invalid_body(str(error)) from error
    if ODD_TEXT.search(clean) and (odd := find_odd_date(command)):
        place, reason = odd
        raise InvalidBody(field=place, reason=reason)
    return command


def check_json(raw: bytes) -> bytes:
    """The body itself, or with its text in NFC; refused where it breaks the rules above."""
    try:
        raw.decode("utf-8")
        msgspec.json.decode(raw, type=msgspec.Raw)
    except UnicodeDecodeError as error:
        raise MalformedBody(reason=f"byte {error.start} is not UTF-8") from error
    except RecursionError as error:
        raise BodyTooDeep(limit=DEEPEST) from error
    except msgspec.DecodeError as error:
        raise MalformedBody(reason=str(error)) from error
    bare = _STRING.sub(b"", raw)
    if bare.count(b"{") + bare.count(b"[") > DEEPEST and _depth(bare) > DEEPEST:
        raise BodyTooDeep(limit=DEEPEST)
    if _NOT_WHOLE.search(bare):
        field = _place_of_number(raw, _NOT_WHOLE)
        raise InvalidBody(field=field, reason="numbers are whole, without point or exponent")
    if _TOO_LONG_NUMBER.search(bare):
        field = _place_of_number(raw, _TOO_LONG_NUMBER)
        raise InvalidBody(field=field, reason="a number is too large")
    keys = _KEY.findall(raw)
    if len(set(keys)) == len(keys) and b"\\" not in raw and _PLAIN_ASCII.match(raw):
        return raw
    tree = json.loads(raw, object_pairs_hook=_unique)
    return raw if raw.isascii() and b"\\" not in raw else msgspec.json.encode(_clean(tree, ""))


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _place_of_number(raw: bytes, kind: re.Pattern[bytes]) -> str:
    """Where the first number of a kind stands, such as ``transfers[0].amount``."""
    tree = json.loads(raw, parse_float=_Number, parse_int=_Number)
    found = (place for place, number in _numbers(tree, "") if kind.search(number.encode()))
    return clean_text(next(found, "").lstrip("."), "body") or "body"


def _numbers(tree: Any, place: str) -> Iterator[tuple[str, _Number]]:
    if isinstance(tree, _Number):
        yield place, tree
    elif isinstance(tree, list):
        for number, item in enumerate(tree):
            yield from _numbers(item, f"{place}[{number}]")
    elif isinstance(tree, dict):
        for name, item in tree.items():
            yield from _numbers(item, f"{place}.{name}")


def _depth(bare: bytes) -> int:
    deepest = depth = 0
    for byte in bare:
        if byte in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"}]":
            depth -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    tree = dict(pairs)
    if len(tree) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidBody(field=clean_text(twice, "body"), reason="the field stands twice")
    return tree


def _clean(tree: Any, place: str) -> Any:
    if isinstance(tree, str):
        return clean_text(tree, place)
    if isinstance(tree, list):
        return [_clean(item, f"{place}[{number}]") for number, item in enumerate(tree)]
    if isinstance(tree, dict):
        return {
            clean_text(name, place): _clean(value, f"{place}.{name}".lstrip("."))
            for name, value in tree.items()
        }
    return tree


def clean_text(text: str, field: str) -> str:
    """The text in NFC.

    Raises:
        InvalidBody: control, bidirectional or impossible characters.
    """
    if found := FORBIDDEN_CHARACTER.search(text):
        name = f"U+{ord(found.group()):04X}"
        shown = FORBIDDEN_CHARACTER.sub("\ufffd", field)
        raise InvalidBody(field=shown or "body", reason=f"the character {name} is not accepted")
    return unicodedata.normalize("NFC", text)


def invalid_body(message: str) -> InvalidBody:
    """The decoder's message as a refusal that names the field."""
    place = _PLACE.search(message)
    reason = message[: place.start()] if place else message
    field = (place["place"] if place else "").lstrip(".")
    if named := _FIELD.search(reason):
        field = f"{field}.{named['name']}".lstrip(".")
    return InvalidBody(field=field or "body", reason=reason.replace("`", "'"))
