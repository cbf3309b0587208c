"""Charts: each picture holds all its months and words, on a desk and on a phone."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise

import pytest

from api.web.charts import FRAMES, Chart, Frame, Series, Tick, bar_chart, line_chart
from api.web.formatting import Language

#: A picture of this width is shown on a phone of 390 pixels without being made smaller.
PHONE_WIDTH = 350
MONTHS = [date(2025 + (11 + step) // 12, (11 + step) % 12 + 1, 1) for step in range(12)]
#: Units of the viewBox that a figure and a Chinese letter take at the most.
FIGURE, LETTER = 7, 12


def charts(unit: str, language: Language) -> list[Chart]:
    """A year of large figures, as bars and as a line."""
    values = [step * 123_456 for step in range(12)]
    series = [Series("in", values), Series("out", values[::-1])]
    return [
        bar_chart("a year", MONTHS, series, unit, language),
        line_chart("a year", MONTHS, series[:1], unit, language),
    ]


def width_of(words: str) -> int:
    return sum(FIGURE if one.isascii() else LETTER for one in words)


def apart(ticks: Sequence[Tick]) -> bool:
    """Whether words in the middle of their places leave room for their neighbours."""
    return all(
        two.at - one.at >= (width_of(one.words) + width_of(two.words)) / 2
        for one, two in pairwise(ticks)
    )


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("unit", ["fen", "minute", "point"])
def test_every_picture_is_whole(unit: str, language: Language) -> None:
    for chart in charts(unit, language):
        assert [one.frame for one in chart.pictures] == list(FRAMES)
        for one in chart.pictures:
            frame = one.frame
            assert frame.left <= min((bar.x for bar in one.bars), default=frame.left)
            assert max((bar.x + bar.width for bar in one.bars), default=0) <= frame.end
            assert max((line.end_x for line in one.lines), default=0) <= frame.end
            assert len(one.bars) + len(one.lines) in (24, 1)
            widest = max(width_of(tick.words) for tick in one.y_ticks)
            assert frame.end + 6 + widest <= frame.width, frame.name
            assert apart(one.x_ticks), frame.name
            assert one.x_ticks[0].at >= width_of(one.x_ticks[0].words) / 2


def test_a_phone_has_a_picture_of_its_own_width() -> None:
    slim = min(FRAMES, key=lambda one: one.width)
    assert slim.width <= PHONE_WIDTH
    assert isinstance(slim, Frame)
