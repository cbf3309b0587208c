"""How many requests one caller or address may send: token buckets in the memory of a process.

Whoever is known is counted by caller, so a market day behind one address disturbs nobody; only
requests that name no caller, or name one in vain, are counted by address. With several processes
each counts for itself, so that the limit of the whole is theirs added up. The hot route is not
counted at all: its key was judged, and the bounded queue of the lanes protects the books.
"""

from math import ceil
from time import monotonic
from typing import Any, NamedTuple

from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from api.auth import Caller
from api.bodies import LARGEST_BODY
from api.policies import POLICY, Policy
from api.refusals import RateLimited
from ledger.foundation.client_addresses import counted_address

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN = "/sign-in"
_COSTLY_ENDINGS = (".csv", ".xlsx", ".pdf", ".zip", ".png")
_MOST_COUNTED = 50_000
_WHOLE_PERCENT = 100


class Rate(NamedTuple):
    """So many a second for ever, and so many at once after a pause."""

    per_second: float
    burst: int


#: By who asks and what it costs us. People and their telephones, then programs with a key.
RATES: dict[tuple[str, str], Rate] = {
    ("address", "sign_in"): Rate(5, 100),
    ("address", "read"): Rate(50, 500),
    ("address", "write"): Rate(10, 100),
    ("address", "costly"): Rate(2, 40),
    ("session", "sign_in"): Rate(5, 100),
    ("session", "read"): Rate(50, 500),
    ("session", "write"): Rate(20, 300),
    ("session", "costly"): Rate(2, 60),
    ("key", "sign_in"): Rate(5, 100),
    ("key", "read"): Rate(1000, 5000),
    ("key", "write"): Rate(1000, 5000),
    ("key", "costly"): Rate(20, 500),
}


class RateLimits:
    """The buckets of one process; each is one number, the moment at which it is full again."""

    def __init__(self, percent: int) -> None:
        """``percent`` of the rates above; 0 counts nothing."""
        self._scale = percent / _WHOLE_PERCENT
        self._full_at: dict[tuple[str, str, str], float] = {}

    def count(self, scope: Any, handler: BaseRouteHandler, caller: Caller | None) -> None:
        """Count a request.

        Raises:
            RateLimited: the bucket is empty; it is not counted then.
        """
        policy: Policy = handler.opt[POLICY]
        if not self._scale or not policy.is_counted:
            return
        whose, who = counted_as(scope, caller)
        cost = _cost_of(scope, handler)
        if wait := self._take((whose, cost, who), RATES[whose, cost]):
            raise RateLimited(retry_after_seconds=wait)

    def _take(self, key: tuple[str, str, str], rate: Rate) -> int:
        """Take one token; 0, or the whole seconds until there is one again."""
        moment = monotonic()
        interval = 1 / (rate.per_second * self._scale)
        full_at = max(self._full_at.get(key, moment), moment)
        missing = full_at - moment - interval * (max(rate.burst * self._scale, 1) - 1)
        if missing > 0:
            return max(ceil(missing), 1)
        if key not in self._full_at and len(self._full_at) >= _MOST_COUNTED:
            self._forget_the_full(moment)
        self._full_at[key] = full_at + interval
        return 0

    def _forget_the_full(self, moment: float) -> None:
        """Make room: a full bucket is as good as none; else the oldest go, many at a time.

        Whoever comes from ever new addresses would otherwise have all of them looked at each time.
        """
        self._full_at = {key: at for key, at in self._full_at.items() if at > moment}
        while len(self._full_at) >= _MOST_COUNTED * 9 // 10:
            self._full_at.pop(next(iter(self._full_at)))


def counted_as(scope: Any, caller: Caller | None) -> tuple[str, str]:
    """As what a request is counted (key, session or address), and of whom."""
    if caller is not None:
        return ("key" if caller.session_token is None else "session"), str(caller.caller_id)
    peer = scope.get("client")
    return "address", counted_address(peer[0] if peer else "")


def _cost_of(scope: Any, handler: BaseRouteHandler) -> str:
    """What a request costs us: signing in hashes, files are read or made."""
    path: str = scope["path"]
    is_read = scope["method"] in _SAFE_METHODS
    if not is_read and path.startswith(_SIGN_IN):
        return "sign_in"
    if path.endswith(_COSTLY_ENDINGS):
        return "costly"
    if is_read:
        return "read"
    return "costly" if _largest_body(handler) > LARGEST_BODY else "write"


def _largest_body(handler: BaseRouteHandler) -> int:
    assert isinstance(handler, HTTPRouteHandler), "every route is one of HTTP"
    return handler.resolve_request_max_body_size() or 0
