"""Cursors of lists: the place and the filters of a page, as one opaque text.

A cursor keeps its filters and the name of its list, so that a reader cannot mix two lists, or the
same list of two accounts; it grants nothing, since every page asks again what the caller may see.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Generic, TypeVar

import msgspec

from api.refusals import InvalidParameter

LARGEST_PAGE = 200
DEFAULT_PAGE = 50
_LONGEST = 1000
#: As JSON writes it: no text of the database holds one.
_NUL = b"\\u0000"


def _name(route: str) -> str:
    """A few characters that tell one list, with the ids in its address, from every other."""
    return sha256(route.encode()).hexdigest()[:12]


F = TypeVar("F", bound=msgspec.Struct)
P = TypeVar("P")


class CursorKind(Generic[F, P]):
    """Writes and reads the cursors of one list: filters of type F, places of type P."""

    def __init__(self, filters: type[F], place: type[P]) -> None:
        self._nothing = filters()
        self._type = tuple[str, filters, place]  # type: ignore[valid-type]

    def write(self, filters: F, place: P, route: str) -> str:
        """The cursor of the page that goes on after ``place`` in the list of this route."""
        content = msgspec.json.encode((_name(route), filters, place))
        return urlsafe_b64encode(content).decode().rstrip("=")

    def read(self, cursor: str | None, filters: F, route: str) -> tuple[F, P | None]:
        """The filters of the page, and where it goes on; without a cursor: the filters given.

        Raises:
            InvalidParameter: not a cursor of this list, or given together with other filters.
        """
        if cursor is None:
            return filters, None
        try:
            padded = cursor[:_LONGEST] + "=" * (-len(cursor) % 4)
            content = urlsafe_b64decode(padded)
            name, kept, place = msgspec.json.decode(content, type=self._type)
            if name != _name(route) or _NUL in content:
                raise ValueError("a cursor of another list")
        except (ValueError, msgspec.DecodeError) as error:
            raise InvalidParameter(
                parameter="cursor", reason="it is not one that this list gave"
            ) from error
        if filters not in (self._nothing, kept):
            raise InvalidParameter(parameter="cursor", reason="it goes on with other filters")
        return kept, place
