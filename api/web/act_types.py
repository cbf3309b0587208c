"""What an act of the staff is made of: its fields, the scene it is done in, what is confirmed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.forms import Form
from api.web.members import may_here
from api.web.texts import text
from ledger.errors import NotFound
from ledger.foundation.member_search import read_search, search_members
from ledger.foundation.names import check_name, check_title, is_odd_name, is_odd_title
from ledger.foundation.organisations import Member, get_member

#: As many as are looked at to tell one from several.
_ONE_OR_MORE = 2
_LONGEST_NAME = 60


class Field(NamedTuple):
    """One field of an act's form. ``label`` and ``hint`` are keys of the texts."""

    name: str
    label: str
    #: text, area, select, date, check
    kind: str = "text"
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = True
    limit: int = 200
    value: str = ""
    #: Refuses with ``InvalidInput`` what cannot be right, whatever the other fields say.
    check: Callable[[str], object] | None = None
    #: Whether what was typed is so unusual that its sender is asked once whether it is meant.
    doubt: Callable[[str], bool] | None = None


class Scene(NamedTuple):
    """Who acts, on what, and the connection to do it with."""

    call: GatedCall
    conn: AsyncConnection
    #: What the page is about; None: something new.
    subject_id: UUID | None
    form: Form
    #: Which of the subject's ties, where the address names one.
    tie_id: UUID | None

    @property
    def subject(self) -> UUID:
        """What the page is about."""
        assert self.subject_id is not None, "this act makes something new"
        return self.subject_id

    def words(self, key: str, **values: object) -> str:
        """A text in the reader's language."""
        return text(self.form.language, key, **values)

    def facts(self) -> dict[str, Any]:
        """What every command of an act takes."""
        return {"tenant_id": self.call.tenant_id, "caller_id": self.call.caller_id}

    def typed(self, name: str) -> str:
        """A field that has been read; empty where nothing was typed."""
        return self.form.text(name, required=False) or ""

    def day(self, name: str) -> date | None:
        """A day that has been read; None where none was chosen."""
        return date.fromisoformat(self.form.values[name]) if self.form.values.get(name) else None

    def tie(self) -> UUID:
        """The tie that the address names.

        Raises:
            NotFound: it names none.
        """
        if self.tie_id is None:
            raise NotFound(kind="tie", id="")
        return self.tie_id


class Fact(NamedTuple):
    """One line of what would happen: words, or an amount in the smallest unit of its book."""

    #: Key of its name.
    label: str
    words: str = ""
    amount: int | None = None
    unit: str = ""


class Check(NamedTuple):
    """What would happen, to be confirmed; ``warning`` is the key of what to think of first."""

    facts: Sequence[Fact]
    warning: str
    #: The digest of what was looked at (api/web/looked.py), where that may change meanwhile.
    looked: str = ""


class Act(NamedTuple):
    """One thing to do. ``name`` is its part of the address and its words: ``act.<name>``."""

    name: str
    fields: Callable[[Scene], Awaitable[Sequence[Field]]]
    #: Does it; returns the address of the page to show, None for the page of the subject.
    run: Callable[[Scene], Awaitable[str | None]]
    is_grave: bool = False
    #: Says what would happen, in a transaction that only reads; None: nothing has to be confirmed.
    check: Callable[[Scene], Awaitable[Check]] | None = None
    #: What is on record of the tie that the address names, to be read before the act is done.
    facts: Callable[[Scene], Awaitable[Sequence[Fact]]] | None = None
    #: Key of the sentence that stands alone where there is nothing to ask for; it always has fields
    #: without one.
    nothing: str = ""


def acts_by_name(*acts: Act) -> Mapping[str, Act]:
    """A table of acts."""
    return {act.name: act for act in acts}


def find_act(acts: Mapping[str, Act], name: str) -> Act:
    """The act of an address.

    Raises:
        NotFound: there is no such act.
    """
    if name not in acts:
        raise NotFound(kind="page", id=name)
    return acts[name]


async def no_fields(_: Scene) -> Sequence[Field]:
    """An act that is only confirmed."""
    return ()


async def chosen_member(scene: Scene, name: str) -> Member:
    """The member whom a field names by volunteer number, name, initials or telephone.

    Raises:
        FormRefused: nobody, several of that name, or a name typed by who sees masked ones only.
    """
    call = scene.call
    wanted = read_search(scene.typed(name), by_name=may_here(call, "members.names"))
    found = []
    if wanted is None:
        scene.form.refuse(name, "people.by_number_only")
    else:
        found = await search_members(
            scene.conn,
            tenant_id=call.tenant_id,
            wanted=wanted,
            keys=call.service.personal_keys,
            limit=_ONE_OR_MORE,
        )
    if wanted is not None and len(found) != 1:
        scene.form.refuse(name, "people.several" if found else "people.nobody")
    scene.form.finish()
    return await get_member(scene.conn, tenant_id=call.tenant_id, member_id=found[0].member_id)


def name_field(name: str, label: str, *, required: bool = True) -> Field:
    """The name of a person; an odd one has to be meant."""
    return Field(
        name, label, required=required, limit=_LONGEST_NAME, check=check_name, doubt=is_odd_name
    )


def title_field(name: str, label: str, **more: Any) -> Field:
    """The name of a unit, a merchant, a partner or a team; an odd one has to be meant."""
    return Field(name, label, limit=_LONGEST_NAME, check=check_title, doubt=is_odd_title, **more)


def language_choices(language: Any, family: str, values: Sequence[str]) -> list[tuple[str, str]]:
    """Values of a family of words with their words, for a select."""
    return [(value, text(language, f"{family}.{value}")) for value in values]
