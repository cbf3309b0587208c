"""The demo posts the purchases of one month before those of the next."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from ops.demo_data.running_programmes import by_month


def bought(day: int, hour: int, month: int = 10) -> Any:
    return SimpleNamespace(at=datetime(2026, month, day, hour, tzinfo=UTC))


def test_purchases_part_at_the_month_of_shanghai() -> None:
    last_of_october, first_of_november = bought(31, 15), bought(31, 16)
    plans = [bought(22, 8), last_of_october, first_of_november, bought(2, 1, month=11)]
    assert by_month(plans) == [plans[:2], plans[2:]]
    assert by_month([]) == []
