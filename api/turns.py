"""Long work in turns: one piece at a time for each who asks, and few at a time in a process."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from ledger.books.lanes import ServiceBusy

#: A list of some thousand lines is judged in that.
RETRY_SECONDS = 10


class Turns:
    """Whoever comes while she has a turn, or while all are taken, comes back; nobody waits."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: set[Hashable] = set()

    @property
    def count(self) -> int:
        """How many are taken."""
        return len(self._taken)

    def is_free(self, who: Hashable) -> bool:
        """Whether somebody could take a turn now."""
        return who not in self._taken and self.count < self._most

    @contextmanager
    def take(self, who: Hashable) -> Iterator[None]:
        """Hold a turn for a block.

        Raises:
            ServiceBusy: she holds one already, or all are taken; nothing was done.
        """
        if not self.is_free(who):
            raise ServiceBusy(retry_after_seconds=RETRY_SECONDS)
        self._taken.add(who)
        try:
            yield
        finally:
            self._taken.discard(who)
