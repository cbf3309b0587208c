"""Progress of long work: a bar on a terminal, a line now and then elsewhere."""

import sys
from types import TracebackType
from typing import Never, Self

from tqdm import tqdm

LINE_EVERY_BYTES = 256 * 1024 * 1024
LINE_EVERY_PIECES = 20


class _Shown:
    """A bar that is closed at the end of the block."""

    def __init__(self) -> None:
        self._bar: tqdm[Never] = tqdm(disable=True)
        self._what = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()


class Bytes(_Shown):
    """Shows how far the work with bytes has come; `what` may change on the way."""

    def __init__(self) -> None:
        super().__init__()
        self._done = 0

    def show(self, what: str, count: int, total: int | None = None) -> None:
        """So many bytes more of `what`."""
        if what != self._what:
            self._begin(what, total)
        self._bar.update(count)
        before, self._done = self._done, self._done + count
        if self._bar.disable and before // LINE_EVERY_BYTES != self._done // LINE_EVERY_BYTES:
            print(f"{what}: {self._done / 1e6:,.0f} MB", file=sys.stderr, flush=True)

    def _begin(self, what: str, total: int | None) -> None:
        self._bar.close()
        self._what, self._done = what, 0
        self._bar = tqdm(
            desc=what, total=total, unit="B", unit_scale=True, file=sys.stderr, disable=None
        )
        if self._bar.disable:
            print(f"{what} …", file=sys.stderr, flush=True)


class Pieces(_Shown):
    """Shows how many pieces of known work are done, and which was the last."""

    def __init__(self, total: int, unit: str) -> None:
        super().__init__()
        self._bar = tqdm(total=total, unit=unit, file=sys.stderr, disable=None)
        self._total = total
        self._done = 0

    def finish(self, what: str) -> None:
        """One more is done."""
        self._done += 1
        self._bar.set_description_str(what)
        self._bar.update()
        if self._bar.disable and self._done % LINE_EVERY_PIECES == 0:
            print(f"{self._done} of {self._total}: {what}", file=sys.stderr, flush=True)


class Lines(_Shown):
    """Shows how many lines of a file were read, then written."""

    def show(self, what: str, done: int, total: int | None = None) -> None:
        """So many lines are done in all; nothing but a terminal gets a bar."""
        if what != self._what:
            self._bar.close()
            self._what = what
            self._bar = tqdm(desc=what, total=total, unit=" lines", file=sys.stderr, disable=None)
        self._bar.update(done - self._bar.n)
