"""Why a line of a sheet of services is refused, and the record that is in its way."""

from typing import NamedTuple
from uuid import UUID

from api.gate import GatedCall
from api.web.formatting import Language
from api.web.places import staff_home
from api.web.records import words_of_service
from api.web.refused import words_of_refusal
from api.web.texts import text
from ledger.database import read_transaction
from ledger.errors import LedgerError, NotFound
from ledger.journeys.recording_for import ServiceTimeTaken
from ledger.programmes.service_records.records import get_service


class LineProblem(NamedTuple):
    """Why a line is refused; ``href`` leads to the record that is in the way."""

    number: int
    words: str
    href: str | None = None


async def read_line_problem(
    call: GatedCall, number: int, refusal: LedgerError, language: Language
) -> LineProblem:
    """A line's refusal; who may verify services reads which one is in the way."""
    plain = LineProblem(number, words_of_refusal(refusal, language))
    verifies = call.who.permissions.reach("service_records.verify", call.tenant_id)
    if not isinstance(refusal, ServiceTimeTaken) or verifies is None or not verifies.everything:
        return plain
    record_id = UUID(refusal.record_id)
    try:
        async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
            known = await get_service(conn, tenant_id=call.tenant_id, record_id=record_id)
    except NotFound:  # another line of the same sheet, of which nothing stayed
        return plain
    words = text(language, "record_for.time_taken", **words_of_service(known, language))
    return LineProblem(number, words, f"{staff_home(call.tenant)}/records/{record_id}")
