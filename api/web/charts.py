"""Charts as SVG made on the server: text stays text, a table of the figures lies behind each.

Bars begin at zero. At most five series; a series keeps its colour everywhere: money in, money out,
balance. Templates draw what these functions measure (``chart`` in ``macros.html``).
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from api.web.formatting import MINUS, MINUTES_AN_HOUR, Language

MOST_SERIES = 5
WIDTH, HEIGHT = 720, 240
#: Room for the figures on the right, where the latest month is, and for months below; units of the
#: viewBox. A phone shows the right end first.
LEFT, BOTTOM, TOP, RIGHT = 12, 28, 12, 76
TICKS = 4
_NICE = (1, 2, 5, 10)
_BARS_SHARE = 0.72
LABELS_SHOWN = 12
SPARK_WIDTH, SPARK_HEIGHT = 120, 32


class Series(NamedTuple):
    """One row of figures, smallest units; ``name`` is a word of [chart] and gives the colour."""

    name: str
    values: Sequence[int]


class Bar(NamedTuple):
    """A bar in the viewBox."""

    series: str
    x: float
    y: float
    width: float
    height: float


class Line(NamedTuple):
    """A line in the viewBox: its points as SVG writes them, and where it ends."""

    series: str
    points: str
    end_x: float
    end_y: float


class Tick(NamedTuple):
    """A figure or month at an axis."""

    at: float
    words: str


class Chart(NamedTuple):
    """Everything a template draws."""

    title: str
    unit: str
    months: Sequence[date]
    series: Sequence[Series]
    bars: Sequence[Bar] = ()
    lines: Sequence[Line] = ()
    y_ticks: Sequence[Tick] = ()
    x_ticks: Sequence[Tick] = ()
    zero: float = 0.0


def bar_chart(
    title: str,
    months: Sequence[date],
    series: Sequence[Series],
    unit: str,
    language: Language,
) -> Chart:
    """Bars side by side for each month, from zero."""
    assert 0 < len(series) <= MOST_SERIES, "a chart has one to five series"
    scale = _Scale.over([0, *(value for one in series for value in one.values)], unit)
    slot = _slot(len(months))
    width = slot * _BARS_SHARE / len(series)
    bars = []
    for place, one in enumerate(series):
        for index, value in enumerate(one.values):
            x = LEFT + index * slot + slot * (1 - _BARS_SHARE) / 2 + place * width
            top, bottom = sorted((scale.y(value), scale.y(0)))
            bars.append(Bar(one.name, round(x, 1), top, round(width * 0.9, 1), bottom - top))
    return Chart(
        title,
        unit,
        months,
        series,
        bars=bars,
        y_ticks=scale.ticks(unit, language),
        x_ticks=_month_ticks(months, language),
        zero=scale.y(0),
    )


def line_chart(
    title: str,
    months: Sequence[date],
    series: Sequence[Series],
    unit: str,
    language: Language,
) -> Chart:
    """A line for each series, one point a month."""
    assert 0 < len(series) <= MOST_SERIES, "a chart has one to five series"
    scale = _Scale.over([0, *(value for one in series for value in one.values)], unit)
    slot = _slot(len(months))
    lines = []
    for one in series:
        points = [
            (round(LEFT + (index + 0.5) * slot, 1), scale.y(value))
            for index, value in enumerate(one.values)
        ]
        written = " ".join(f"{x},{y}" for x, y in points)
        lines.append(Line(one.name, written, *points[-1]))
    return Chart(
        title,
        unit,
        months,
        series,
        lines=lines,
        y_ticks=scale.ticks(unit, language),
        x_ticks=_month_ticks(months, language),
        zero=scale.y(0),
    )


def sparkline(values: Sequence[int]) -> str:
    """The points of a small line without axes; empty for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step = (SPARK_WIDTH - 4) / (len(values) - 1)
    span = (high - low) or 1
    room = SPARK_HEIGHT - 6
    return " ".join(
        f"{round(2 + index * step, 1)},{round(3 + room - (value - low) / span * room, 1)}"
        for index, value in enumerate(values)
    )


class _Scale(NamedTuple):
    """From figures to places; whole steps of a round size."""

    low: int
    high: int
    step: int

    @staticmethod
    def over(values: Sequence[int], unit: str) -> "_Scale":
        """A scale that holds all values and begins and ends at a step."""
        size = MINUTES_AN_HOUR if unit == "minute" else 100
        low, high = min(values), max(values)
        rough = max((high - low) / TICKS / size, 1)
        power = 10 ** (len(str(int(rough))) - 1)
        step = next(nice * power for nice in _NICE if nice * power >= rough) * size
        top = -(-high // step) * step
        return _Scale(low // step * step, max(top, step), step)

    def y(self, value: int) -> float:
        """The place of a figure, from the top."""
        room = HEIGHT - TOP - BOTTOM
        return round(TOP + (self.high - value) / (self.high - self.low) * room, 1)

    def ticks(self, unit: str, language: Language) -> list[Tick]:
        """The figures of the axis, without decimals."""
        values = range(self.low, self.high + 1, self.step)
        return [Tick(self.y(value), _short(value, unit, language)) for value in values]


def _short(value: int, unit: str, language: Language) -> str:
    """A round figure as an axis writes it: ¥12,000, 40 小时, 300."""
    sign = MINUS if value < 0 else ""
    whole = abs(value) // (MINUTES_AN_HOUR if unit == "minute" else 100)
    if unit == "fen":
        return f"{sign}¥{whole:,}"
    if unit == "minute":
        return f"{sign}{whole:,} {'h' if language == 'en' else '小时'}"
    return f"{sign}{whole:,}"


def _slot(count: int) -> float:
    return (WIDTH - LEFT - RIGHT) / max(count, 1)


def _month_ticks(months: Sequence[date], language: Language) -> list[Tick]:
    """Every month, or every second, third … when there are many; January says its year."""
    slot, every = _slot(len(months)), -(-len(months) // LABELS_SHOWN) or 1
    ticks = []
    for index, month in enumerate(months):
        if index % every == 0:
            words = f"{month.month}" if language == "en" else f"{month.month}月"
            if month.month == 1 or index == 0:
                words = (
                    f"{month.year}-{month.month}" if language == "en" else f"{month:%y}年{words}"
                )
            ticks.append(Tick(round(LEFT + (index + 0.5) * slot, 1), words))
    return ticks
