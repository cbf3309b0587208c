"""Figures of this process: counted as integers where things happen, read by whoever shows them.

Counting must cost next to nothing, since every entry is counted. So there is no library here and
no lock: the service has one thread, additions are all there is, and reading takes a copy.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

import msgspec

#: Upper bounds of durations in nanoseconds; the last bucket has none.
DURATION_BOUNDS = tuple(
    milliseconds * 1_000_000
    for milliseconds in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
)
#: Upper bounds of batch sizes.
SIZE_BOUNDS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)


class Histogram(msgspec.Struct):
    """How often a value lay below each bound, and the sum of all values."""

    bounds: tuple[int, ...]
    #: One more than there are bounds; not cumulative.
    counts: list[int]
    total: int = 0

    def add(self, value: int) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def merge(self, other: "Histogram") -> None:
        """Count everything that another one has counted."""
        self.counts = [a + b for a, b in zip(self.counts, other.counts, strict=True)]
        self.total += other.total


def durations() -> Histogram:
    """An empty histogram of nanoseconds."""
    return Histogram(DURATION_BOUNDS, [0] * (len(DURATION_BOUNDS) + 1))


def sizes() -> Histogram:
    """An empty histogram of batch sizes."""
    return Histogram(SIZE_BOUNDS, [0] * (len(SIZE_BOUNDS) + 1))


class Measures(msgspec.Struct):
    """Everything that one process counts."""

    #: ``<method and route template> <status class>`` → how long requests took.
    requests: dict[str, Histogram] = msgspec.field(default_factory=dict)
    #: Code of the refusal → how often.
    refusals: dict[str, int] = msgspec.field(default_factory=Counter)
    #: Posting transactions: how long until their commit was there, how many commands each took.
    commits: Histogram = msgspec.field(default_factory=durations)
    batches: Histogram = msgspec.field(default_factory=sizes)
    #: Commands that came again and got their first answer.
    replays: int = 0
    #: Lines that found the way to the log blocked.
    dropped_lines: int = 0
    #: What is so at this moment: name → value.
    gauges: dict[str, int] = msgspec.field(default_factory=dict)

    def count_request(self, key: str, nanoseconds: int) -> None:
        """Count one answered request."""
        found = self.requests.get(key)
        if found is None:
            found = self.requests[key] = durations()
        found.add(nanoseconds)

    def count_batch(self, size: int, nanoseconds: int, replays: int) -> None:
        """Count one posting transaction."""
        self.batches.add(size)
        self.commits.add(nanoseconds)
        self.replays += replays

    def count_refusal(self, code: str) -> None:
        """Count one refused request."""
        self.refusals[code] = self.refusals.get(code, 0) + 1


def merged(measures: Sequence[Measures]) -> Measures:
    """The sum of several processes."""
    whole = Measures()
    for one in measures:
        for key, histogram in one.requests.items():
            whole.requests.setdefault(key, durations()).merge(histogram)
        for code, count in one.refusals.items():
            whole.refusals[code] = whole.refusals.get(code, 0) + count
        for name, value in one.gauges.items():
            whole.gauges[name] = whole.gauges.get(name, 0) + value
        whole.commits.merge(one.commits)
        whole.batches.merge(one.batches)
        whole.replays += one.replays
        whole.dropped_lines += one.dropped_lines
    return whole


#: The figures of this process.
MEASURES = Measures()
