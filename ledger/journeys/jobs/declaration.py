"""What a job is: a small declaration of when, for whom, after what, and how."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.journeys.jobs.calendar import Schedule

SYSTEM_CALLER = 1
#: The scope of what is done once for everybody.
PLATFORM = 0
Scope = Literal["programme", "estate", "tenant", "platform"]
Facts = Mapping[str, int | str]
NO_FACTS: Facts = MappingProxyType({})
#: A fact of this name with the code of a refusal: how many items were refused for it.
REFUSED = "refused_"


def count_refusals(codes: Iterable[str | None]) -> dict[str, int]:
    """The facts that say why items were refused; None: an item that was not."""
    return {f"{REFUSED}{code}": count for code, count in Counter(codes).items() if code}


class Work(msgspec.Struct, frozen=True):
    """What one step is to work on."""

    #: 0: the platform.
    tenant_id: int
    #: The business day of the period; nothing later is dealt with.
    on: date
    #: The beginning of the period.
    period: datetime


class Done(msgspec.Struct, frozen=True):
    """What one step did. ``more``: another step has something to do."""

    handled: int
    refused: int = 0
    more: bool = False
    facts: Facts = NO_FACTS


#: Part of a run, in the transaction it is given; never commits. Twice is once.
Step = Callable[[AsyncConnection, Work], Awaitable[Done]]
#: A whole run with transactions of its own, for what reaches outside. Twice is once.
Act = Callable[[AsyncEngine, Work], Awaitable[Done]]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A job. Either ``step`` or ``act`` says how it is done."""

    code: str
    name_zh: str
    name_en: str
    schedule: Schedule
    scope: Scope
    step: Step | None = None
    act: Act | None = None
    #: Codes of jobs that must have finished what was due before this one's period.
    after: tuple[str, ...] = ()
    #: Its version is part of the key of a run.
    policy: str | None = None
    #: False: a run that went well leaves no row, for there would be one a minute.
    leaves_rows: bool = True
    #: One run does what earlier periods left undone; otherwise periods go one after the other.
    cumulative: bool = True
    #: It changes nothing and tells what it finds wrong, so by hand it looks anew each time.
    only_looks: bool = False

    @property
    def is_frequent(self) -> bool:
        """So often that a run in which nothing happened leaves no row."""
        return self.schedule.every in ("minute", "hour")

    @property
    def is_swept(self) -> bool:
        """One piece of work goes through all tenants: each takes but a moment."""
        return self.schedule.every == "minute" or self.scope == "platform"
