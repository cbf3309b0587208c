"""A cursor goes on in its own list alone, and carries nothing that the database cannot hold."""

import msgspec
import pytest

from api.cursors import CursorKind
from api.refusals import InvalidParameter


class Filter(msgspec.Struct, frozen=True):
    """What a list of the tests shows."""

    word: str | None = None


KIND: CursorKind[Filter, str] = CursorKind(Filter, str)
ROUTE = "GET /v1/things"


def test_a_cursor_keeps_its_filters_and_its_place() -> None:
    cursor = KIND.write(Filter("东湖"), "3-201", ROUTE)
    for given in (Filter(), Filter("东湖")):
        assert KIND.read(cursor, given, ROUTE) == (Filter("东湖"), "3-201")


@pytest.mark.parametrize(
    ("cursor", "given", "route"),
    [
        (KIND.write(Filter(), "a", ROUTE), Filter("b"), ROUTE),
        (KIND.write(Filter(), "a", ROUTE), Filter(), "GET /v1/others"),
        (KIND.write(Filter(), "a\0", ROUTE), Filter(), ROUTE),
        (KIND.write(Filter("\0"), "a", ROUTE), Filter(), ROUTE),
        ("AAAA", Filter(), ROUTE),
    ],
    ids=["other filters", "other list", "NUL in its place", "NUL in its filters", "none"],
)
def test_what_is_no_cursor_of_this_list_is_refused(cursor: str, given: Filter, route: str) -> None:
    with pytest.raises(InvalidParameter):
        KIND.read(cursor, given, route)
