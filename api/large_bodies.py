"""How many bytes of large bodies a process takes in at once; beyond it senders come back later."""

from collections import Counter
from typing import Any

from api.bodies import MIB
from ledger.books.lanes import ServiceBusy

#: Three of the largest files and some pictures beside them.
MOST_AT_ONCE = 192 * MIB
#: One of the largest files and some pictures: who stalls with them leaves two thirds to others.
MOST_OF_ONE = 64 * MIB
_RETRY_SECONDS = 5
#: Where a request's scope holds how to give its bytes back.
_GIVE_BACK = "gongzhang.give_back"


class LargeBodies:
    """Bytes taken by requests from before their body is read until they are answered."""

    def __init__(self, limit: int = MOST_AT_ONCE, share: int = MOST_OF_ONE) -> None:
        self._limit = limit
        self._share = share
        #: By who sends them.
        self._taken: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken.total()

    def take(self, scope: Any, size: int, who: str) -> None:
        """Take ``size`` bytes for a request; ``give_back`` lets go of them.

        Raises:
            ServiceBusy: others have taken them, or ``who`` has taken the share of one.
        """
        if self.taken + size > self._limit or self._taken[who] + size > self._share:
            raise ServiceBusy(retry_after_seconds=_RETRY_SECONDS)
        self._taken[who] += size

        def give_back() -> None:
            self._taken[who] -= size
            if not self._taken[who]:
                del self._taken[who]

        scope[_GIVE_BACK] = give_back


def give_back(scope: Any) -> None:
    """Let go of what a request has taken, if anything; called once it is answered or gone."""
    if (taken := scope.pop(_GIVE_BACK, None)) is not None:
        taken()
