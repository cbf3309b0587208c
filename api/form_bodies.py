"""Reading a form, urlencoded or in parts: every trap of the parser is a refusal."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.utils.scope.state import ScopeState

from api.bodies import clean_text
from api.refusals import MalformedBody, TooManyFields

#: Our largest form has fewer than a hundred. Each field costs time in which nobody else is served.
MOST_FIELDS = 1000
_URLENCODED = "application/x-www-form-urlencoded"


async def read_form_body(request: Request[Any, Any, Any]) -> Mapping[str, Any]:
    """The fields of a form; files that came with one that is refused are let go.

    Raises:
        MalformedBody: it is no form, or a part of it is not in UTF-8.
        TooManyFields: no page of ours has so many.
        InvalidBody: a name holds characters that nobody types.
    """
    if request.content_type[0] == _URLENCODED:
        await _read_urlencoded(request)
    try:
        form = await request.form()
    except (UnicodeError, LookupError) as error:  # a part may name any charset, or none there is
        raise MalformedBody(reason="a part of the form is not in UTF-8") from error
    try:
        for name, value in form.multi_items():
            _check_field(name, value)
    except Exception:
        await form.close()
        raise
    return form


async def _read_urlencoded(request: Request[Any, Any, Any]) -> None:
    """Count the fields, then take them apart and leave them where the framework looks for them.

    The framework's own cache is passed by: it would keep the last thousand forms in memory, with
    the passwords in them.
    """
    raw = await request.body()
    if raw.count(b"&") >= MOST_FIELDS:
        raise TooManyFields(limit=MOST_FIELDS)
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    ScopeState.from_scope(request.scope).form = fields


def _check_field(name: str, value: Any) -> None:
    """Refuse what nobody types; what somebody may have typed, its page asks to be mended."""
    clean_text(name, "body")
    if isinstance(value, UploadFile):
        clean_text(value.filename, name)
