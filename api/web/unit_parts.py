"""The units into which one is split, as they are typed: one name, and others with commas."""

from api.web.forms import Form
from ledger.foundation.names import check_title
from ledger.foundation.org_unit_changes import NewUnit


def read_parts(form: Form) -> list[NewUnit]:
    """The new units of a split, the main one first; the others are separated by commas."""
    names = [form.text("main") or "", *_parted(form.text("others") or "")]
    return [NewUnit(name) for name in names]


def _parted(typed: str) -> list[str]:
    parts = typed.replace("，", "、").replace(",", "、").split("、")
    return [one.strip() for one in parts if one.strip()]


def check_parts(typed: str) -> None:
    """Refuse what is no name among those typed.

    Raises:
        InvalidInput: nothing is called so.
    """
    for name in _parted(typed):
        check_title(name)
