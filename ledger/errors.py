"""Refusals: one class per reason, typed attributes, a message built from them.

A ``LedgerError`` is an operation refused for a reason its caller can act on. A bug is an assert.
Only ``api/problems.py`` knows HTTP; only the text catalogues know Chinese.
"""

import re
from typing import Any, ClassVar

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class LedgerError(Exception):
    """A refused operation. Subclasses declare ``template`` over their keyword attributes."""

    code: ClassVar[str] = "ledger_error"
    template: ClassVar[str] = "The operation was refused."

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.code = _WORD_START.sub("_", cls.__name__).lower()

    def __init__(self, **attributes: Any) -> None:
        self._attributes = attributes
        super().__init__(self.template.format_map(_Forgiving(attributes)))

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["_attributes"][name]
        except KeyError:
            raise AttributeError(name) from None

    def attributes(self) -> dict[str, Any]:
        """The typed facts of the refusal, for problems and texts."""
        return dict(self._attributes)


class _Forgiving(dict[str, Any]):
    """Shows an attribute that is absent as a question mark: a message must never fail."""

    def __missing__(self, key: str) -> str:
        return "?"


class InvalidInput(LedgerError):
    """A value that cannot be right whatever the state of the books."""

    template = "{field}: {value!r} is not accepted. {remedy}"


class NotFound(LedgerError):
    """No such object in reach of the caller; another tenant's object looks the same."""

    template = "No {kind} {id} is known here."
