"""Reading a form, urlencoded or in parts: every trap of the parser is a refusal."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.datastructures import UploadFile

from api.bodies import clean_text
from api.refusals import MalformedBody


async def read_form_body(request: Request[Any, Any, Any]) -> Mapping[str, Any]:
    """The fields of a form; files that came with one that is refused are let go.

    Raises:
        MalformedBody: it is no form, or a part of it is not in UTF-8.
        InvalidBody: a name holds characters that nobody types.
    """
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


def _check_field(name: str, value: Any) -> None:
    """Refuse what nobody types; what somebody may have typed, its page asks to be mended."""
    clean_text(name, "body")
    if isinstance(value, UploadFile):
        clean_text(value.filename, name)
