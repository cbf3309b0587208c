"""What requests and responses of the interface share: paths, names, amounts, times."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from litestar.params import FromPath, QueryParameter
from msgspec import Meta

from api.cursors import LARGEST_PAGE
from api.gate import GatedCall
from api.refusals import InvalidParameter
from ledger.books.posting import NEVER
from ledger.errors import NotFound

PROGRAMMES = "/v1/programmes/{programme_id:uuid}"
ESTATES = "/v1/estates/{estate_id:uuid}"

EXAMPLE_ID = "019a5f00-0000-7000-8000-000000000001"
EXAMPLE_TIME = "2026-11-07T09:30:00+08:00"

EVENT_PATTERN = r"^[A-Z]{2}[0-9]{2}[a-z]?\Z"

#: A milliard yuan, or points: nobody means more. An account takes 2^53−1 in all its life, and what
#: one entry took of that, no reversal gives back.
LARGEST_SENT = 10**11
Amount = Annotated[
    int,
    Meta(
        ge=1,
        le=LARGEST_SENT,
        description="Whole number of the smallest unit of the book, at most 10^11.",
        examples=[120],
    ),
]
Total = Annotated[
    int, Meta(description="Whole number of the smallest unit of the book.", examples=[3500])
]
AccountId = Annotated[UUID, Meta(description="Id of an account.", examples=[EXAMPLE_ID])]
Moment = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339 time with its zone.", examples=[EXAMPLE_TIME]),
]
EventCode = Annotated[
    str,
    Meta(
        pattern=EVENT_PATTERN,
        max_length=5,
        description="Business event, as in the catalogue of accounting rules.",
        examples=["TB08"],
    ),
]
Words = Annotated[str, Meta(min_length=1, max_length=200, examples=["探访独居老人"])]
Phone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=30,
        description="7 to 15 digits, however written; kept plain, without China's code.",
        examples=["13800138000"],
    ),
]
BookCode = Literal["TB", "SP", "ST", "PG", "TR"]
UnitCode = Annotated[str, Meta(description="minute, point, star or fen.", examples=["minute"])]

PathId = FromPath[UUID]
PageSize = Annotated[
    int, QueryParameter(ge=1, le=LARGEST_PAGE, description="Most items of a page.")
]
CursorText = Annotated[
    str | None,
    QueryParameter(
        max_length=1000, description="next_cursor of the page before; keeps its filters."
    ),
]
BookedFrom = Annotated[date | None, QueryParameter(description="First accounting date.")]
WantedEvent = Annotated[
    str | None,
    QueryParameter(pattern=EVENT_PATTERN, max_length=5, description="Only this business event."),
]
BookedTo = Annotated[date | None, QueryParameter(description="Last accounting date.")]


class Command(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request body: unknown fields are refused."""


def both(suffix: str) -> list[str]:
    """The same path for programmes and for estates."""
    return [PROGRAMMES + suffix, ESTATES + suffix]


def expiry(day: date) -> date | None:
    """A last day of use; None for units that never expire."""
    return None if day == NEVER else day


def sent_values(command: msgspec.Struct) -> tuple[tuple[str, ...], list[Any]]:
    """Names and values of the fields of a command, as its fingerprint covers them."""
    names = command.__struct_fields__
    return names, [msgspec.to_builtins(getattr(command, name)) for name in names]


V = TypeVar("V", bound=msgspec.Struct)


def view(kind: type[V], source: object) -> V:
    """What of a thing is shown: the fields of the view, and none of the numbers inside."""
    return msgspec.convert(source, kind, from_attributes=True)


def holder_wanted(call: GatedCall, kind: str, given: UUID | None) -> UUID | None:
    """Whose things a list shows: those asked for; without a wider reach, the caller's own.

    Raises:
        NotFound: out of the caller's reach.
        InvalidParameter: the caller acts for several, and none is named.
    """
    if call.reach.everything:
        return given
    if given is None and len(call.reach.holders) == 1:
        return next(iter(call.reach.holders))
    if given is None:
        raise InvalidParameter(parameter=f"{kind}_id", reason=f"name one {kind} of yours")
    return holder_in_reach(call, kind, given)


def holder_in_reach(call: GatedCall, kind: str, holder_id: UUID) -> UUID:
    """The member, merchant or unit, when the caller may act for it; otherwise it looks missing.

    Raises:
        NotFound: out of the caller's reach.
    """
    if not call.reach.includes(holder_id):
        raise NotFound(kind=kind, id=str(holder_id))
    return holder_id
