"""Charts as SVG made on the server: text stays text, a table of the figures lies behind each.

Bars begin at zero. At most five series; a series keeps its colour everywhere: money in, money out,
balance. Templates draw what these functions measure (``chart`` in ``macros.html``): one picture for
a desk and one for a phone, whose letters are as large as those beside it.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from api.web.formatting import MINUS, MINUTES_AN_HOUR, Language

MOST_SERIES = 5
TICKS = 4
_NICE = (1, 2, 5, 10)
_BARS_SHARE = 0.72
SPARK_WIDTH, SPARK_HEIGHT = 120, 32


class Frame(NamedTuple):
    """The room of a picture in units of its viewBox; figures stand on the right, months below."""

    name: str
    width: int
    labels_shown: int
    height: int = 240
    left: int = 12
    top: int = 12
    right: int = 88
    bottom: int = 28

    @property
    def end(self) -> int:
        """Where the lines of the grid end and the figures begin."""
        return self.width - self.right

    def slot(self, count: int) -> float:
        """The width of one of so many months."""
        return (self.end - self.left) / max(count, 1)


#: A phone shows its picture whole: a unit of the viewBox is about a pixel there.
FRAMES = (Frame("wide", 720, 12), Frame("slim", 344, 4, left=20))


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


class Picture(NamedTuple):
    """Everything a template draws in one frame."""

    frame: Frame
    bars: Sequence[Bar]
    lines: Sequence[Line]
    y_ticks: Sequence[Tick]
    x_ticks: Sequence[Tick]
    zero: float


class Chart(NamedTuple):
    """Figures by month and their pictures, one for each frame."""

    title: str
    unit: str
    months: Sequence[date]
    series: Sequence[Series]
    pictures: Sequence[Picture]


def bar_chart(
    title: str,
    months: Sequence[date],
    series: Sequence[Series],
    unit: str,
    language: Language,
) -> Chart:
    """Bars side by side for each month, from zero."""
    return _chart(title, months, series, unit, language, is_bars=True)


def line_chart(
    title: str,
    months: Sequence[date],
    series: Sequence[Series],
    unit: str,
    language: Language,
) -> Chart:
    """A line for each series, one point a month."""
    return _chart(title, months, series, unit, language, is_bars=False)


def _chart(
    title: str,
    months: Sequence[date],
    series: Sequence[Series],
    unit: str,
    language: Language,
    *,
    is_bars: bool,
) -> Chart:
    assert 0 < len(series) <= MOST_SERIES, "a chart has one to five series"
    pictures = []
    for frame in FRAMES:
        scale = _Scale.over([0, *(value for one in series for value in one.values)], unit, frame)
        slot = frame.slot(len(months))
        pictures.append(
            Picture(
                frame,
                bars=_bars(series, scale, slot) if is_bars else (),
                lines=() if is_bars else _lines(series, scale, slot),
                y_ticks=scale.ticks(unit, language),
                x_ticks=_month_ticks(months, frame, language),
                zero=scale.y(0),
            )
        )
    return Chart(title, unit, months, series, pictures)


def _bars(series: Sequence[Series], scale: "_Scale", slot: float) -> list[Bar]:
    width = slot * _BARS_SHARE / len(series)
    bars = []
    for place, one in enumerate(series):
        for index, value in enumerate(one.values):
            x = scale.frame.left + index * slot + slot * (1 - _BARS_SHARE) / 2 + place * width
            top, bottom = sorted((scale.y(value), scale.y(0)))
            bars.append(Bar(one.name, round(x, 1), top, round(width * 0.9, 1), bottom - top))
    return bars


def _lines(series: Sequence[Series], scale: "_Scale", slot: float) -> list[Line]:
    lines = []
    for one in series:
        points = [
            (round(scale.frame.left + (index + 0.5) * slot, 1), scale.y(value))
            for index, value in enumerate(one.values)
        ]
        written = " ".join(f"{x},{y}" for x, y in points)
        lines.append(Line(one.name, written, *points[-1]))
    return lines


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
    frame: Frame

    @staticmethod
    def over(values: Sequence[int], unit: str, frame: Frame) -> "_Scale":
        """A scale that holds all values and begins and ends at a step."""
        size = MINUTES_AN_HOUR if unit == "minute" else 100
        low, high = min(values), max(values)
        rough = max((high - low) / TICKS / size, 1)
        power = 10 ** (len(str(int(rough))) - 1)
        step = next(nice * power for nice in _NICE if nice * power >= rough) * size
        top = -(-high // step) * step
        return _Scale(low // step * step, max(top, step), step, frame)

    def y(self, value: int) -> float:
        """The place of a figure, from the top."""
        room = self.frame.height - self.frame.top - self.frame.bottom
        return round(self.frame.top + (self.high - value) / (self.high - self.low) * room, 1)

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


def _month_ticks(months: Sequence[date], frame: Frame, language: Language) -> list[Tick]:
    """Every month, or every second, third … when there are many; January says its year."""
    slot, every = frame.slot(len(months)), -(-len(months) // frame.labels_shown) or 1
    ticks = []
    for index, month in enumerate(months):
        if index % every == 0:
            words = f"{month.month}" if language == "en" else f"{month.month}月"
            if month.month == 1 or index == 0:
                words = (
                    f"{month.year}-{month.month}" if language == "en" else f"{month:%y}年{words}"
                )
            ticks.append(Tick(round(frame.left + (index + 0.5) * slot, 1), words))
    return ticks
