"""How far the building has come: a bar on a terminal, plain lines elsewhere."""

import sys
from time import monotonic
from typing import TextIO

from tqdm import tqdm

_LINE_EVERY_SECONDS = 5


class Progress:
    """Counts steps of a known total, and says what is being done."""

    def __init__(self, total: int, *, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._total = total
        self._done = 0
        self._doing = ""
        self._started = self._spoke = monotonic()
        self._bar = None
        if stream.isatty():
            self._bar = tqdm(total=total, file=stream, unit="", leave=False, dynamic_ncols=True)

    def begin(self, what: str) -> None:
        """Say what is being done from now on."""
        self._doing = what
        if self._bar is not None:
            self._bar.set_description_str(what)
        else:
            self._speak()

    def advance(self, steps: int = 1) -> None:
        """Count steps that are done."""
        self._done += steps
        if self._bar is not None:
            self._bar.update(steps)
        elif monotonic() - self._spoke >= _LINE_EVERY_SECONDS:
            self._speak()

    def finish(self) -> int:
        """Take the bar away; returns the seconds that it all took."""
        if self._bar is not None:
            self._bar.close()
        return round(monotonic() - self._started)

    def _speak(self) -> None:
        self._spoke = monotonic()
        share = 100 * self._done // max(1, self._total)
        print(f"{share:3d} %  {self._doing}", file=self._stream, flush=True)
