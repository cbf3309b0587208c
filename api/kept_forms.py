"""A form whose session has ended is not lost: it is kept, and shown again after the sign-in.

Whose it is says the token in it, with the cookie of its session or of the browser's last session.
Nothing is sent by itself. What is secret, and forms with files, are not kept.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from litestar import Request
from litestar.datastructures import FormMultiDict, UploadFile

from api.auth import FORM_TOKEN_FIELD
from api.bodies import check_media_type
from api.service import Service
from ledger.clock import now
from ledger.database import write_transaction
from ledger.errors import LedgerError
from ledger.foundation.kept_forms import KeptForm, drop_kept_form, keep_form

#: The cookie that leads back to it, and where the gate leaves its value for the answer.
KEPT_COOKIE = "kept"
KEPT = "kept_form"
FORM_KEY_FIELD = "form_key"
_URLENCODED = "application/x-www-form-urlencoded"
#: Fields that are of use once, or to nobody but their owner: they are typed again.
_SECRET = frozenset({"password", "old", "new", "code", "enrolment", "step_up_proof"})
_GUARDS = frozenset({FORM_TOKEN_FIELD, FORM_KEY_FIELD})


def typed_fields(form: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was typed or chosen, without what guards the form and what is secret."""
    pairs: Iterable[tuple[str, Any]] = (
        form.multi_items() if isinstance(form, FormMultiDict) else form.items()
    )
    left_out = _SECRET | _GUARDS
    return [
        (name, value) for name, value in pairs if isinstance(value, str) and name not in left_out
    ]


def has_files(form: Mapping[str, Any]) -> bool:
    """Whether a file came along: it cannot be sent again."""
    return any(isinstance(value, UploadFile) for value in form.values())


def form_as_sent(request: Request[Any, Any, Any], form: Mapping[str, Any]) -> KeptForm:
    """The form of this request: where it was sent to, its key, and what was typed."""
    key, query = form.get(FORM_KEY_FIELD), request.url.query
    return KeptForm(
        f"{request.url.path}?{query}" if query else request.url.path,
        key if isinstance(key, str) else None,
        typed_fields(form),
    )


async def keep_typed(
    request: Request[Any, Any, Any], service: Service, form: Mapping[str, Any]
) -> None:
    """Keep a form that belongs to the session of this browser, which has ended."""
    kept = form_as_sent(request, form)
    session = service.identities.session_of_form(request.cookies, form.get(FORM_TOKEN_FIELD))
    if not kept.fields or session is None:
        return
    token = await write_transaction(
        service.engine,
        lambda conn: keep_form(conn, session_hash=session, form=kept, at=now()),
    )
    if token is not None:
        request.scope["state"][KEPT] = token


def may_be_kept(request: Request[Any, Any, Any], service: Service) -> bool:
    """Whether a write that nobody is signed in for may be a form of ours that is worth reading."""
    if not service.identities.may_have_forms(request.cookies):
        return False
    with suppress(LedgerError):
        check_media_type(request.headers.get("content-type", ""), (_URLENCODED,))
        service.identities.check_origin(request)
        return True
    return False


async def drop_typed(request: Request[Any, Any, Any], service: Service) -> None:
    """Whoever sends something has gone on: what was kept before is forgotten."""
    token = request.cookies.get(service.identities.name_of_cookie(KEPT_COOKIE))
    if token:
        await write_transaction(service.engine, lambda conn: drop_kept_form(conn, token=token))
