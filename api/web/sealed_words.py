"""Words that a reader looks for or filters by: names, perhaps, so no address holds them plainly.

They are sent by POST, and the address of what is shown holds them sealed for this reader alone:
histories and logs of proxies show nothing, while paging, files and the way back work.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import msgspec
from litestar import post

from api.gate import Call, GatedCall
from api.policies import signed_in
from api.web.account import local_address
from api.web.addresses import with_query
from api.web.forms import LONGEST_TEXT
from api.web.frame import Page, PageRequest, read_form, see
from ledger.foundation.personal_data import PersonalDataUnreadable

#: Filters whose field holds whatever was typed; days, amounts and choices tell of nobody.
FREE = ("words", "who", "object")
_SEALED = "sealed"
#: One more than a field takes: the page says that it is too long, and no address grows beyond that.
_LONGEST = LONGEST_TEXT + 1
_PURPOSE = "filter"
#: Fields of the form that are no filters.
_FRAME = frozenset({"here", "form_token", "form_key"})


@post("/filters", opt=signed_in())
async def filters_sent(request: PageRequest, call: Call) -> Page:
    """Lead back to the page ``here``, narrowed as the form says."""
    form = await read_form(request)
    typed = {
        name: value[:_LONGEST]
        for name, value in form.values.items()
        if value and name not in _FRAME
    }
    free = {name: typed.pop(name) for name in FREE if name in typed}
    if free:
        typed[_SEALED] = seal_words(call, _PURPOSE, msgspec.json.encode(free).decode())
    return see(with_query(local_address(form.values.get("here", "")), "", {**typed}))


def read_typed(request: PageRequest, call: GatedCall) -> Mapping[str, str]:
    """The filters of an address, the sealed ones opened; empty where they are not this reader's."""
    asked = dict(request.query_params)
    sealed = open_words(call, _PURPOSE, asked.pop(_SEALED, ""))
    return {**asked, **(msgspec.json.decode(sealed, type=dict[str, str]) if sealed else {})}


def seal_words(call: GatedCall, purpose: str, words: str) -> str:
    """Words as a text for an address, for this caller and purpose alone."""
    sealed = call.service.personal_keys.seal_for_all(_holder(call, purpose), words)
    return urlsafe_b64encode(sealed).decode().rstrip("=")


def open_words(call: GatedCall, purpose: str, sealed: str) -> str:
    """The words of an address; none where they are not this reader's, or no longer open."""
    try:
        raw = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        return call.service.personal_keys.open_for_all(_holder(call, purpose), raw)
    except (ValueError, PersonalDataUnreadable):
        return ""


def _holder(call: GatedCall, purpose: str) -> str:
    return f"{purpose}:{call.caller_id}"


ROUTES = [filters_sent]
