"""Work of which a process does one piece at a time, so that the rest of its work goes on."""

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.books.lanes import ServiceBusy

#: A list of some thousand lines is judged in that.
RETRY_SECONDS = 10


class Turn:
    """One at a time in this process; whoever comes meanwhile comes back, and waits for nothing."""

    def __init__(self) -> None:
        self.is_taken = False

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold the turn for a block.

        Raises:
            ServiceBusy: somebody else holds it; nothing was done.
        """
        if self.is_taken:
            raise ServiceBusy(retry_after_seconds=RETRY_SECONDS)
        self.is_taken = True
        try:
            yield
        finally:
            self.is_taken = False
