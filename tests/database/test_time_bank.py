"""Hours become points: at the rate of the day, once, for as long as points live."""

from datetime import date, timedelta

import pytest

from ledger.books.refusals import IdempotencyConflict, InsufficientBalance
from ledger.errors import InvalidInput
from ledger.identifiers import uuid7
from ledger.programmes.time_bank import convert_minutes
from tests.community import create_community, moment
from tests.events.books import fund

NOON = moment("2025-11-03 12:00")


@pytest.fixture
async def community(engine):
    """A programme whose volunteer has 300 minutes."""
    created = await create_community(engine)
    await created.enrol("volunteer")
    await created.run(fund, name=created.name("TB-2101", "volunteer"), amount=300)
    return created


async def convert(community, minutes, key=None, at=NOON):
    """The volunteer converts."""
    return await community.run(
        convert_minutes,
        member_id=community.members["volunteer"].member_id,
        minutes=minutes,
        key=key or uuid7(),
        caller_id=community.people["volunteer"].caller_id,
        at=at,
    )


async def test_120_minutes_at_10_points_an_hour_are_20_points(community):
    """In one entry: the minutes leave, the points arrive until the end of the 36th month after."""
    conversion = await convert(community, 120)
    assert (conversion.points, conversion.expires_on) == (2000, date(2028, 11, 30))
    assert await community.balance("TB-2101", "volunteer") == 180
    assert await community.balance("TB-4102") == 120
    assert await community.balance("SP-5101") == 2000
    assert await community.lots("SP-2101", "volunteer") == {date(2028, 11, 30): 2000}


async def test_the_rate_and_life_of_the_day_count(community):
    """A community that gives 12.50 points an hour from a day on, for ever."""
    await community.decide("points.rate_per_hour", 1250, valid_from=NOON.date())
    version = await community.decide("points.expiry_months", 0, valid_from=NOON.date())
    assert version > 0
    before = await convert(community, 60, at=NOON - timedelta(1))
    after = await convert(community, 60)
    assert (before.points, after.points, after.expires_on) == (1000, 1250, None)


async def test_the_same_key_converts_once_whatever_the_rate_is_then(community):
    """The replay tells the first result; another number of minutes is a conflict."""
    await community.decide("points.rate_per_hour", 1250, valid_from=NOON.date())
    key = uuid7()
    first = await convert(community, 60, key, at=NOON - timedelta(1))
    again = await convert(community, 60, key)
    assert (again.points, again.replayed, again.entry_id) == (1000, True, first.entry_id)
    with pytest.raises(IdempotencyConflict) as refusal:
        await convert(community, 61, key)
    assert refusal.value.field == "minutes"
    assert await community.balance("TB-2101", "volunteer") == 240


async def test_more_than_what_is_available_is_refused(community):
    """And nothing moves in either book."""
    with pytest.raises(InsufficientBalance):
        await convert(community, 301)
    assert await community.balance("SP-2101", "volunteer") == 0


@pytest.mark.parametrize("minutes", [0, -1])
async def test_only_minutes_are_converted(community, minutes):
    """Nothing, or less, is refused."""
    with pytest.raises(InvalidInput):
        await convert(community, minutes)


async def test_minutes_that_make_no_points_are_refused(community):
    """Rather than taken for nothing."""
    await community.decide("points.rate_per_hour", 59)
    with pytest.raises(InvalidInput):
        await convert(community, 1)
