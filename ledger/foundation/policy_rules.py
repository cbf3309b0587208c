"""The rules that units may set: their kind, unit, bounds and default, as shipped data."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from ledger.errors import InvalidInput
from ledger.foundation.chart import CHARTS, ChartInvalid

Kind = Literal["integer", "choice", "dates", "categories", "windows"]

_CODE = re.compile(r"[a-z][a-z_]*\Z")
_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")


class ServiceCategory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of service with its names."""

    code: str
    zh: str
    en: str


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time of the year, both days included, as month-day."""

    opens: str
    closes: str


_TYPES: Mapping[Kind, Any] = {
    "integer": int,
    "choice": str,
    "dates": tuple[date, ...],
    "categories": tuple[ServiceCategory, ...],
    "windows": tuple[Window, ...],
}


class PolicyRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule of ``policies.toml``."""

    zh: str
    en: str
    kind: Kind
    unit: str
    default: Any
    basis: str
    least: int | None = None
    most: int | None = None
    options: tuple[str, ...] = ()

    def read(self, written: Any) -> Any:
        """A value from its JSON form.

        Raises:
            ValidationError, ValueError: not of the rule's kind, or outside its bounds.
        """
        value = msgspec.convert(written, _TYPES[self.kind])
        problem = self._problem(value)
        if problem:
            raise ValueError(problem)
        return value

    def check(self, written: Any) -> None:
        """Look at a value before it is decided; what was decided can be read without this.

        Raises:
            ValidationError, ValueError: as ``read``, or windows by which no year can be told.
        """
        value = self.read(written)
        if self.kind == "windows":
            days = [day for one in value for day in (one.opens, one.closes)]
            if not days or not all(map(_is_of_every_year, days)):
                raise ValueError("must be one window or more, of days that every year has")

    def _problem(self, value: Any) -> str | None:
        if self.kind == "integer":
            if self.least is None or self.most is None:
                return "an integer needs bounds"
            if not self.least <= value <= self.most:
                return f"must be from {self.least} to {self.most} {self.unit}"
        if self.kind == "choice" and value not in self.options:
            return f"must be one of {', '.join(self.options)}"
        if self.kind == "categories":
            codes = [category.code for category in value]
            if not codes or len(set(codes)) < len(codes) or not all(map(_CODE.match, codes)):
                return "must be categories with different codes of small letters"
        if self.kind == "windows" and not all(
            _MONTH_DAY.match(window.opens) and _MONTH_DAY.match(window.closes) for window in value
        ):
            return "must be windows from MM-DD to MM-DD"
        return None


def _is_of_every_year(month_day: str) -> bool:
    """Whether a month and day are a date in any year: no 30 February, and no 29th."""
    try:
        date.fromisoformat(f"2001-{month_day}")
    except ValueError:
        return False
    return True


@cache
def policy_rules() -> Mapping[str, PolicyRule]:
    """Every rule by its key.

    Raises:
        ChartInvalid: a default breaks its own rule.
    """
    written = tomllib.loads((CHARTS / "policies.toml").read_text(encoding="utf-8"))
    rules = {key: msgspec.convert(table, PolicyRule) for key, table in written.items()}
    problems = []
    for key, rule in rules.items():
        try:
            rule.check(rule.default)
        except ValueError as problem:
            problems.append(f"{key}: {problem}")
    if problems:
        raise ChartInvalid(problems)
    return MappingProxyType(rules)


def get_rule(key: str) -> PolicyRule:
    """The rule of a key.

    Raises:
        InvalidInput: there is none.
    """
    rule = policy_rules().get(key)
    if rule is None:
        raise InvalidInput(field="key", value=key, remedy="Name a rule from the list of policies.")
    return rule
