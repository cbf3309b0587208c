"""How many bytes of large bodies a process takes in at once; beyond it senders come back later."""

from typing import Any

from api.bodies import MIB
from ledger.books.lanes import ServiceBusy

#: Three of the largest files and some pictures beside them.
MOST_AT_ONCE = 192 * MIB
_RETRY_SECONDS = 5
#: Where a request's scope holds how to give its bytes back.
_GIVE_BACK = "gongzhang.give_back"


class LargeBodies:
    """Bytes taken by requests from before their body is read until they are answered."""

    def __init__(self, limit: int = MOST_AT_ONCE) -> None:
        self._limit = limit
        self.taken = 0

    def take(self, scope: Any, size: int) -> None:
        """Take ``size`` bytes for a request; ``give_back`` lets go of them.

        Raises:
            ServiceBusy: others have taken them.
        """
        if self.taken + size > self._limit:
            raise ServiceBusy(retry_after_seconds=_RETRY_SECONDS)
        self.taken += size

        def give_back() -> None:
            self.taken -= size

        scope[_GIVE_BACK] = give_back


def give_back(scope: Any) -> None:
    """Let go of what a request has taken, if anything; called once it is answered or gone."""
    if (taken := scope.pop(_GIVE_BACK, None)) is not None:
        taken()
