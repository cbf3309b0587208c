"""The kinds of what two people decide, as shipped data: who asks, who approves, how long."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import msgspec

Scope = Literal["programme", "estate", "platform"]


class ApprovalKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of ``data/approval_kinds.toml``."""

    name_zh: str
    name_en: str
    asked_with: str
    approved_with: str
    hours: int
    places: tuple[Scope, ...]
    #: Once approved, somebody's roles or ways in are others: what is kept of callers is read anew.
    changes_callers: bool = False

    def name_in(self, language: str) -> str:
        """Its name, Chinese where the language is."""
        return self.name_zh if language == "zh-CN" else self.name_en

    @property
    def lifetime(self) -> timedelta:
        """How long it can be decided."""
        return timedelta(hours=self.hours)


@cache
def approval_kinds() -> Mapping[str, ApprovalKind]:
    """Every kind by its code."""
    text = files("ledger.foundation").joinpath("data", "approval_kinds.toml").read_text("utf-8")
    return MappingProxyType(msgspec.convert(tomllib.loads(text), dict[str, ApprovalKind]))


@cache
def using_permissions(place: Scope) -> tuple[str, ...]:
    """What lets somebody ask for anything, or approve anything, in a place; sorted."""
    here = [one for one in approval_kinds().values() if place in one.places]
    return tuple(sorted({name for one in here for name in (one.asked_with, one.approved_with)}))
