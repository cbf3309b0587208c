"""Forms: what was typed stays, what is wrong stands beside its field with the remedy."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, TypeVar
from uuid import UUID

from api.web.formatting import MINOR_DIGITS, MINUTES_AN_HOUR, Language
from api.web.texts import text

LONGEST_TEXT = 200
LONGEST_DIGITS = 9
SCALE: int = 10**MINOR_DIGITS
T = TypeVar("T")
_DECIMAL = re.compile(rf"([0-9]{{1,{LONGEST_DIGITS}}})(?:\.([0-9]{{1,{MINOR_DIGITS}}}))?\Z")
_CODE_DIGITS = re.compile(r"[0-9]{8}\Z")
_SPACES = re.compile(r"[\s\-]+")
# Control and direction-changing characters: never typed on purpose.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})


class FormRefused(Exception):
    """At least one field is wrong; the form that knows which goes back to its page."""

    def __init__(self, form: "Form") -> None:
        super().__init__(", ".join(form.errors))
        self.form = form


class Form:
    """One submitted form. Reading a field that is wrong notes the error and returns None."""

    def __init__(self, values: Mapping[str, Any], language: Language) -> None:
        self.values = {name: str(value) for name, value in values.items()}
        self.errors: dict[str, str] = {}
        self._language = language

    def refuse(self, name: str, key: str, **attributes: object) -> None:
        """Note what is wrong with a field; the first complaint about it stays."""
        self.errors.setdefault(name, text(self._language, key, **attributes))

    def finish(self) -> None:
        """Go on only when nothing is wrong.

        Raises:
            FormRefused: some field is.
        """
        if self.errors:
            raise FormRefused(self)

    def text(self, name: str, *, limit: int = LONGEST_TEXT, required: bool = True) -> str | None:
        """A line of text, in one Unicode form, without characters nobody can see."""
        words = unicodedata.normalize("NFC", self.values.get(name, "")).strip()
        if not words:
            if required:
                self.refuse(name, "form.required")
            return None
        if len(words) > limit:
            self.refuse(name, "form.too_long", limit=limit)
            return None
        if any(unicodedata.category(char) in _UNSEEN_CATEGORIES for char in words):
            self.refuse(name, "form.unseen")
            return None
        return words

    def choice(self, name: str, allowed: Mapping[str, Any] | frozenset[str]) -> str | None:
        """One of the values the page offered."""
        value = self.values.get(name, "")
        if value not in allowed:
            self.refuse(name, "form.choose")
            return None
        return value

    def uuid(self, name: str) -> UUID | None:
        """An id that the page offered to choose."""
        try:
            return UUID(self.values.get(name, ""))
        except ValueError:
            self.refuse(name, "form.choose")
            return None

    def points(self, name: str) -> int | None:
        """Hundredths of a point, more than none; full-width digits are read as well."""
        return self._hundredths(name, "form.points")

    def minutes(self, name: str) -> int | None:
        """Whole minutes, from hours with a decimal part."""
        hundredths = self._hundredths(name, "form.hours")
        if hundredths is None:
            return None
        if hundredths * MINUTES_AN_HOUR % SCALE:
            self.refuse(name, "form.hours", value=self.values[name])
            return None
        return hundredths * MINUTES_AN_HOUR // SCALE

    def _hundredths(self, name: str, complaint: str) -> int | None:
        typed = self.values.get(name, "").strip()
        if not typed:
            self.refuse(name, "form.required")
            return None
        found = _DECIMAL.match(unicodedata.normalize("NFKC", typed).replace("。", "."))
        value = 0
        if found:
            value = int(found[1]) * SCALE + int((found[2] or "").ljust(MINOR_DIGITS, "0"))
        if value == 0:
            self.refuse(name, complaint, value=typed[:20])
            return None
        return value

    def day(self, name: str) -> date | None:
        """A calendar day as browsers send it: 2026-11-07."""
        return self._parsed(name, "form.date", date.fromisoformat)

    def time_of_day(self, name: str) -> time | None:
        """Hours and minutes as browsers send them: 09:30."""
        return self._parsed(name, "form.time", time.fromisoformat)

    def _parsed(self, name: str, complaint: str, parse: Callable[[str], T]) -> T | None:
        typed = self.values.get(name, "").strip()
        if not typed:
            self.refuse(name, "form.required")
            return None
        try:
            return parse(typed)
        except ValueError:
            self.refuse(name, complaint, value=typed[:20])
            return None


def plain_code(typed: str) -> str:
    """A redemption code without the spaces people type, digits in one form."""
    plain = unicodedata.normalize("NFKC", typed)
    squeezed = _SPACES.sub("", plain)
    return squeezed if _CODE_DIGITS.match(squeezed) else plain.strip()
