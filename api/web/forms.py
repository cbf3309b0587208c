"""Forms: what was typed stays, what is wrong stands beside its field with the remedy."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, time
from math import gcd
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from api.sensible_dates import FIRST_YEAR, LAST_YEAR
from api.web.formatting import MINOR_DIGITS, MINUTES_AN_HOUR, Language
from api.web.texts import text

LONGEST_TEXT = 200
LONGEST_DIGITS = 9
SCALE: int = 10**MINOR_DIGITS
#: Hundredths of an hour that are whole minutes are multiples of this.
_WHOLE_MINUTES = SCALE // gcd(SCALE, MINUTES_AN_HOUR)
T = TypeVar("T")
#: Commas, or blanks, where pages print them: before each three digits.
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:([, ])[0-9]{3})(?:\1[0-9]{3})*(?:\.|\Z)")
_DECIMAL = re.compile(rf"([0-9]{{1,{LONGEST_DIGITS}}})(?:\.([0-9]{{1,{MINOR_DIGITS}}}))?\Z")
_TOO_LARGE = re.compile(rf"[1-9][0-9]{{{LONGEST_DIGITS},}}(?:\.[0-9]{{1,{MINOR_DIGITS}}})?\Z")
_CODE_DIGITS = re.compile(r"[0-9]{8}\Z")
_SPACES = re.compile(r"[\s\-]+")
_LINE_ENDS = re.compile(r"[\t\r\n]+")
# Marks without width or effect that come along when something is copied: dropped in silence.
_HARMLESS = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
# Control and direction-changing characters and characters that are none: never typed on purpose.
_UNSEEN_CATEGORIES = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


class FormRefused(Exception):
    """At least one field is wrong; the form that knows which goes back to its page."""

    def __init__(self, form: "Form") -> None:
        super().__init__(", ".join(form.errors))
        self.form = form


class FieldWay(NamedTuple):
    """A link below a complaint: to what it is about."""

    href: str
    words: str


class Form:
    """One submitted form. Reading a field that is wrong notes the error and returns None."""

    def __init__(self, values: Mapping[str, Any], language: Language) -> None:
        typed = {name: _plain(str(value)) for name, value in values.items()}
        #: What was typed, as it can be shown again: without what nobody can see.
        self.values = {name: _without(words, _unseen(words)) for name, words in typed.items()}
        self.errors: dict[str, str] = {}
        #: Where a complaint leads to, by its field.
        self.ways: dict[str, FieldWay] = {}
        self._unseen = {name: found for name, words in typed.items() if (found := _unseen(words))}
        self.language = language
        self._sent = {name: str(value) for name, value in values.items()}

    def refuse(self, name: str, key: str, /, **attributes: object) -> None:
        """Note what is wrong with a field; the first complaint about it stays."""
        self.errors.setdefault(name, text(self.language, key, **attributes))

    def finish(self) -> None:
        """Go on only when nothing is wrong.

        Raises:
            FormRefused: some field is.
        """
        if self.errors:
            raise FormRefused(self)

    def text(self, name: str, *, limit: int = LONGEST_TEXT, required: bool = True) -> str | None:
        """A line of text, in one Unicode form, without characters nobody can see.

        Text with such characters is refused once: it comes back without them, to be looked at.
        """
        if name in self._unseen:
            named = " ".join(f"U+{ord(char):04X}" for char in self._unseen[name])
            self.refuse(name, "form.unseen", characters=named)
            return None
        words = unicodedata.normalize("NFC", self.values.get(name, "")).strip()
        if not words:
            if required:
                self.refuse(name, "form.required")
            return None
        if len(words) > limit:
            self.refuse(name, "form.too_long", limit=limit)
            return None
        return words

    def code(self, name: str) -> str | None:
        """A code, a number or a name to sign in with: what cannot be seen is no part of it."""
        self._unseen.pop(name, None)
        return self.text(name)

    def secret(self, name: str) -> str:
        """A password, exactly as it was typed."""
        return self._sent.get(name, "")

    def lines(self, name: str) -> list[str]:
        """Each line that was typed, empty ones too, without what nobody can see; it stays lines."""
        typed = [_plain(one) for one in self.secret(name).splitlines()]
        lines = [_without(words, _unseen(words)).strip() for words in typed]
        self.values[name] = "\n".join(lines)
        return lines

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
        minutes, rest = divmod(hundredths * MINUTES_AN_HOUR, SCALE)
        if rest:
            below = max(hundredths // _WHOLE_MINUTES, 1) * _WHOLE_MINUTES
            near = [f"{one // SCALE}.{one % SCALE:02}" for one in (below, below + _WHOLE_MINUTES)]
            self.refuse(
                name,
                "form.not_a_minute",
                value=self.values[name],
                minutes=f"{minutes}.{rest * 10 // SCALE}",
                below=near[0],
                above=near[1],
            )
            return None
        return minutes

    def amount(self, name: str, unit: str) -> int | None:
        """Smallest units of the account's unit; complaints name the unit that the field shows."""
        if unit == "minute":
            return self.minutes(name)
        if unit == "fen":
            return self._hundredths(name, "form.yuan", sign="¥")
        return self._hundredths(name, "form.points")

    def _hundredths(self, name: str, complaint: str, *, sign: str = "") -> int | None:
        typed = self.values.get(name, "").strip()
        if not typed:
            self.refuse(name, "form.required")
            return None
        plain = unicodedata.normalize("NFKC", typed).replace("。", ".")
        plain = plain.removeprefix(sign).lstrip() if sign else plain
        if parted := _THOUSANDS.match(plain):
            plain = plain.replace(parted[1], "")
        if _TOO_LARGE.match(plain):
            self.refuse(name, "form.too_large", value=typed[:20], digits=LONGEST_DIGITS)
            return None
        found = _DECIMAL.match(plain)
        value = 0
        if found:
            value = int(found[1]) * SCALE + int((found[2] or "").ljust(MINOR_DIGITS, "0"))
        if value == 0:
            self.refuse(name, complaint, value=typed[:20])
            return None
        return value

    def day(self, name: str) -> date | None:
        """A calendar day that people may mean, as browsers send it: 2026-11-07."""
        return self._parsed(name, "form.date", _sensible_day)

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


def _plain(typed: str) -> str:
    """Text of one line without the marks that do no harm."""
    return _LINE_ENDS.sub(" ", typed).translate(_HARMLESS)


def _sensible_day(typed: str) -> date:
    """The day that is written.

    Raises:
        ValueError: it is none, or one that nobody means.
    """
    day = date.fromisoformat(typed)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(typed)
    return day


def _unseen(words: str) -> tuple[str, ...]:
    """The characters that nobody can see, each once, in the order of the text."""
    found = (char for char in words if unicodedata.category(char) in _UNSEEN_CATEGORIES)
    return tuple(dict.fromkeys(found))


def _without(words: str, unwanted: tuple[str, ...]) -> str:
    return words.translate(dict.fromkeys(map(ord, unwanted)))


def plain_code(typed: str) -> str:
    """A redemption code without the spaces people type, digits in one form."""
    plain = unicodedata.normalize("NFKC", typed)
    squeezed = _SPACES.sub("", plain)
    return squeezed if _CODE_DIGITS.match(squeezed) else plain.strip()
