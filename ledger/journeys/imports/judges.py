"""Who judges the lines of a file, by its kind."""

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.organisation_lines import judge_organisations
from ledger.journeys.imports.people_judged import Twins, judge_people, read_people, warn_of_names
from ledger.journeys.imports.unit_lines import judge_units

Judge = Callable[[AsyncConnection, int, list[Line], PersonalDataKeys], Awaitable[None]]


def judge_of(kind: ImportKind) -> Judge:
    """The judge of one file of a kind."""
    if kind == "people":
        return _PeopleJudge().judge
    if kind == "org_units":
        return judge_units

    async def judge(
        conn: AsyncConnection, tenant_id: int, lines: list[Line], _: PersonalDataKeys
    ) -> None:
        await judge_organisations(conn, tenant_id=tenant_id, kind=kind, lines=lines)

    return judge


class _PeopleJudge:
    """Judges chunk after chunk and remembers who stood on earlier ones."""

    def __init__(self) -> None:
        self._twins = Twins()

    async def judge(
        self, conn: AsyncConnection, tenant_id: int, lines: list[Line], keys: PersonalDataKeys
    ) -> None:
        await asyncio.to_thread(read_people, lines)
        await judge_people(conn, tenant_id=tenant_id, lines=lines, keys=keys)
        await warn_of_names(conn, tenant_id, lines)
        for line in lines:
            if line.state == "ready":
                self._twins.judge(line, keys)
