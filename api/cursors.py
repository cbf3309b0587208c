"""Cursors of lists: the place and the filters of a page, as one opaque text.

A cursor keeps its filters, so that a reader cannot mix two lists; it grants nothing, since every
page asks again what the caller may see.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Generic, TypeVar

import msgspec

from api.refusals import InvalidParameter

LARGEST_PAGE = 200
DEFAULT_PAGE = 50
_LONGEST = 1000

F = TypeVar("F", bound=msgspec.Struct)
P = TypeVar("P")


class CursorKind(Generic[F, P]):
    """Writes and reads the cursors of one list: filters of type F, places of type P."""

    def __init__(self, filters: type[F], place: type[P]) -> None:
        self._nothing = filters()
        self._type = tuple[filters, place]  # type: ignore[valid-type]

    def write(self, filters: F, place: P) -> str:
        """The cursor of the page that goes on after ``place``."""
        return urlsafe_b64encode(msgspec.json.encode((filters, place))).decode().rstrip("=")

    def read(self, cursor: str | None, filters: F) -> tuple[F, P | None]:
        """The filters of the page, and where it goes on; without a cursor: the filters given.

        Raises:
            InvalidParameter: not a cursor of this list, or given together with other filters.
        """
        if cursor is None:
            return filters, None
        try:
            padded = cursor[:_LONGEST] + "=" * (-len(cursor) % 4)
            kept, place = msgspec.json.decode(urlsafe_b64decode(padded), type=self._type)
        except (ValueError, msgspec.DecodeError) as error:
            raise InvalidParameter(
                parameter="cursor", reason="it is not one that this list gave"
            ) from error
        if filters not in (self._nothing, kept):
            raise InvalidParameter(parameter="cursor", reason="it goes on with other filters")
        return kept, place
