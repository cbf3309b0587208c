"""The description of the interface: OpenAPI, completed from the routes' policies, and its page.

The page is our own and needs nothing from outside, so it works in an office without internet.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Request
from litestar.enums import MediaType, OpenAPIMediaType
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from api.gate import API_PATH
from api.openapi_router import router_of_description
from api.operation_ids import operation_id
from api.policies import POLICY, Policy, iterate_routes
from api.problems import MEDIA_TYPE, Problem, problem_texts
from api.statuses import STATUSES
from ledger.settings import Settings

PATH = "/docs"
_VERSION = "1.0.0"
_DONE = {"200": "Done.", "201": "Written down."}
_WRITES = ("post", "put", "patch", "delete")
_API_KEY, _SESSION = "api_key", "session"
_EXAMPLE_REQUEST = "k3v9d-1a"
_RETRY_AFTER = {
    "description": "Seconds after which to send the same again; not always known.",
    "schema": {"type": "integer"},
}
_TAGS = {
    "accounts": "Accounts, their balances and statements.",
    "entries": "Entries (凭证): post, reverse, read.",
    "holds": "Reservations that resolve exactly once.",
    "periods": "Accounting months and the trial balance.",
    "approvals": "What one person asks for and another approves: corrections, payments, rules.",
    "grants": "Who holds which role, where and until when.",
    "me": "Who one is, one's own sign-in, sessions and keys.",
    "people": "Members of a programme, their kin, households and teams; people from a file.",
    "merchants": "Merchants with their tills, and partners, of a programme.",
    "privacy": "Personal data: full views with a reason, consents, one's own data.",
    "service records": "Service written down, verified, credited; minutes into points.",
    "redemptions": "Points at a merchant: code, authorise, capture, void, refund.",
    "star points": "Scores of Party branches, month by month.",
    "trust": "The books of an estate trust: units, fees, receipts, expenses, payments.",
    "bank": "Bank files, matches, open items, the 余额调节表.",
    "files": "Files as evidence: attached, listed, fetched.",
    "webhooks": "Other systems are told of events, signed; what was delivered.",
    "jobs": "What runs by itself: planned, run, looked at.",
    "units": "Districts, subdistricts, communities and estates, dated.",
    "health": "Probes.",
}
_DESCRIPTION = """\
Amounts are whole numbers of the smallest unit of a book; every field names its unit. Times are
RFC 3339 with a zone. Every write carries an `Idempotency-Key`: sending the same command again
under the same key acts once and gets the first answer again, without what is shown only once
(codes, keys, secrets). Refusals are RFC 9457 problems with
a stable `code`, in Chinese or English by `Accept-Language`. Lists give a `next_cursor` that keeps
their filters. An object of another tenant looks exactly like a missing one. API keys and roles are
looked up at most five seconds before they are used, so a revoked one works at most that long.
Names that cannot be are refused as on the pages; a page asks again about an unusual one (digits,
signs, alphabets that look alike), here it is taken as it was sent.
"""


class DescriptionAsJson(OpenAPIRenderPlugin):
    """``/docs/openapi.json``."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The completed description."""
        return msgspec.json.encode(complete(request.app, openapi_schema))


class DescriptionAsPage(OpenAPIRenderPlugin):
    """``/docs``: what there is, and every refusal."""

    def __init__(self) -> None:
        super().__init__(path="/", media_type=MediaType.HTML)

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """A page without scripts."""
        from api.openapi_page import describe  # noqa: PLC0415  # templates are not always needed

        return describe(request, complete(request.app, openapi_schema))


class DescriptionOfGroup(OpenAPIRenderPlugin):
    """``/docs/<group>``: the routes of one group and their messages."""

    def __init__(self, tag: str) -> None:
        super().__init__(path=f"/{tag.replace(' ', '-')}", media_type=MediaType.HTML)
        self._tag = tag

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """A page without scripts."""
        from api.openapi_page import describe_group  # noqa: PLC0415  # as above

        return describe_group(request, complete(request.app, openapi_schema), self._tag)


def description(settings: Settings) -> OpenAPIConfig | None:
    """Litestar's part of the description; None when the setting ``docs`` is off."""
    if not settings.docs:
        return None
    schemes: dict[str, Any] = {
        _API_KEY: SecurityScheme(
            type="http", scheme="bearer", description="An API key, gz_…, made by an administrator."
        ),
        _SESSION: SecurityScheme(
            type="apiKey",
            name="__Host-gongzhang" if settings.secure_cookies else "gongzhang",
            security_scheme_in="cookie",
            description="The session of a browser; writes also need the header X-CSRF-Token.",
        ),
    }
    return OpenAPIConfig(
        title="共账 Gongzhang",
        version=_VERSION,
        description=_DESCRIPTION,
        components=Components(security_schemes=schemes),
        tags=[Tag(name=name, description=words) for name, words in _TAGS.items()],
        use_handler_docstrings=True,
        operation_id_creator=operation_id,
        render_plugins=[
            DescriptionAsPage(),
            DescriptionAsJson(),
            *(DescriptionOfGroup(tag) for tag in _TAGS),
        ],
        openapi_router=router_of_description(PATH),
    )


def complete(app: Litestar, schema: dict[str, Any]) -> dict[str, Any]:
    """Litestar's description with what it cannot know: keys, security, problems."""
    if "Problem" in schema["components"]["schemas"]:
        return schema
    schema["components"]["schemas"]["Problem"] = _problem_schema()
    policies = {
        (path, method.lower()): handler.opt[POLICY]
        for path, handler in iterate_routes(app)
        for method in getattr(handler, "http_methods", ())
    }
    schema["paths"] = dict(sorted(schema["paths"].items()))
    _mend_patterns(schema)
    for name, words in _descriptions(msgspec.Struct):
        schema["components"]["schemas"].get(name, {}).setdefault("description", words)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            policy = policies.get((_route_path(app, path), method))
            if isinstance(operation, dict) and policy is not None:
                _complete_operation(operation, path, method, policy)
    return schema


def _descriptions(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """What each message of the interface says of itself."""
    for child in kind.__subclasses__():
        if child.__module__.startswith("api.") and child.__doc__:
            yield child.__name__, child.__doc__.split("\n\n")[0]
        yield from _descriptions(child)


def _mend_patterns(tree: Any) -> None:
    """Python's end of text is written as JSON Schema writes it."""
    if isinstance(tree, list):
        for item in tree:
            _mend_patterns(item)
    elif isinstance(tree, dict):
        if isinstance(tree.get("pattern"), str):
            tree["pattern"] = tree["pattern"].replace("\\Z", "$")
        for item in tree.values():
            _mend_patterns(item)


def _route_path(app: Litestar, path: str) -> str:
    """The path of a route as it was declared, from its form in the description."""
    return next(route.path for route in app.routes if route.path_format == path)


def _complete_operation(operation: dict[str, Any], path: str, method: str, policy: Policy) -> None:
    is_write = method in _WRITES
    operation["responses"].pop("400", None)
    for done, words in _DONE.items():
        if done in operation["responses"]:
            operation["responses"][done]["description"] = words
    if policy.who == "anyone":
        operation["security"] = []
    else:
        operation["security"] = [{_API_KEY: []}, {_SESSION: []}]
    if policy.permission:
        operation["x-permission"] = policy.permission
    if policy.media_types and "requestBody" not in operation:
        operation["requestBody"] = _file_body(policy.media_types)
    if is_write and path.startswith(API_PATH) and policy.needs_key is not False:
        operation.setdefault("parameters", []).append(_key_parameter())
    has_body, names_object = "requestBody" in operation, "{" in path
    for status in _statuses(policy, is_write, has_body=has_body, names_object=names_object):
        operation["responses"].setdefault(str(status), _problem_response(status))


def _file_body(media_types: tuple[str, ...]) -> dict[str, Any]:
    file = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": dict.fromkeys(media_types, file)}


def _statuses(
    policy: Policy, is_write: bool, *, has_body: bool, names_object: bool
) -> Iterator[int]:
    yield 400
    if policy.who != "anyone":
        yield from (401, 403)
    if policy.who == "tenant" or names_object:
        yield from (404, 422)
    elif is_write:
        yield 422
    if is_write:
        yield from (409, 413, 415) if has_body else (409,)
    if policy.is_counted:
        yield 429
    yield 405
    if policy.needs_database:
        yield 503


def _key_parameter() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "1 to 255 visible ASCII characters, a new one a command; a uuid v7 is best.",
        "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
        "example": "019a5f00-0000-7000-8000-0000000000aa",
    }


def _problem_response(status: int) -> dict[str, Any]:
    codes = sorted(code for code, one in STATUSES.items() if one == status)
    waiting = {"headers": {"Retry-After": _RETRY_AFTER}} if status in (429, 503) else {}
    return waiting | {
        "description": "Refused: " + ", ".join(codes),
        "content": {
            MEDIA_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "example": _example(codes[0], status),
            }
        },
    }


@cache
def _example(code: str, status: int) -> dict[str, Any]:
    text = problem_texts("en")[code]
    problem = Problem(
        type=f"/docs#problem-{code}",
        title=text["title"],
        status=status,
        detail=text["detail"],
        instance=f"urn:gongzhang:request:{_EXAMPLE_REQUEST}",
        code=code,
        request_id=_EXAMPLE_REQUEST,
    )
    return msgspec.structs.asdict(problem)


def _problem_schema() -> dict[str, Any]:
    fields = {
        "type": "Where the refusal is explained.",
        "title": "The refusal in a few words.",
        "detail": "What happened, what did not, and what to do.",
        "instance": "This occurrence; there is nothing to be fetched.",
        "code": "Stable name of the refusal.",
        "request_id": "Number of the request, to be read aloud.",
    }
    properties: dict[str, Any] = {
        name: {"type": "string", "description": words} for name, words in fields.items()
    }
    properties["status"] = {"type": "integer", "description": "The HTTP status."}
    return {
        "type": "object",
        "title": "Problem",
        "description": "A refusal (RFC 9457); its facts stand beside these fields.",
        "properties": properties,
        "required": sorted(properties),
        "additionalProperties": True,
    }
