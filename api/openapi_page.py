"""The description as pages: one a group of routes, and the refusals by their status.

In the reader's language as far as it is not the code's own words; no scripts, nothing fetched.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from litestar import Request
from markupsafe import Markup, escape

from api.problems import problem_texts
from api.statuses import STATUSES
from api.web.formatting import Language
from api.web.rendering import address_with, environment, preferences
from api.web.texts import catalogue
from ledger.errors import LedgerError

_QUOTED = re.compile(r"``?([^`]+)``?")
_REFERENCE = "#/components/schemas/"
#: A message of every route; its fields stand with the rules.
_PROBLEM = "Problem"


class Group(NamedTuple):
    """The routes of one tag, and where their page is."""

    tag: str
    href: str
    routes: Sequence[Mapping[str, Any]]


def slug_of(tag: str) -> str:
    """A tag as an address holds it."""
    return tag.replace(" ", "-")


def describe(request: Request[Any, Any, Any], schema: Mapping[str, Any]) -> bytes:
    """The first page: the rules, the groups, the refusals."""
    language = preferences(request).language
    return _render(
        request,
        "docs/index.html",
        groups=_groups(request, schema, language),
        codes=_codes(language),
    )


def describe_group(request: Request[Any, Any, Any], schema: Mapping[str, Any], tag: str) -> bytes:
    """The page of one group, with every message that its routes take or give."""
    groups = _groups(request, schema, preferences(request).language)
    (group,) = (one for one in groups if one.tag == tag)
    known = schema["components"]["schemas"]
    named = sorted(_reachable(group.routes, known))
    return _render(
        request,
        "docs/group.html",
        group=group,
        schemas=[
            (name, {"properties": {}, "required": [], "description": "", **known[name]})
            for name in named
        ],
    )


def _render(request: Request[Any, Any, Any], template: str, **context: Any) -> bytes:
    language = preferences(request).language
    html = environment(language).get_template(template)
    other = "zh-CN" if language == "en" else "en"
    return html.render(
        ending=_ending(request),
        switch_language=address_with(request, lang=other),
        words=_words,
        kind=_kind,
        **context,
    ).encode()


def _ending(request: Request[Any, Any, Any]) -> str:
    """What keeps the language of an address in the links of its page."""
    asked = request.query_params.get("lang")
    return f"?lang={preferences(request).language}" if asked else ""


def _words(text: str) -> Markup:
    """A sentence; what stands in backticks is code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(_QUOTED.split(text))
    )


def _groups(
    request: Request[Any, Any, Any], schema: Mapping[str, Any], language: Language
) -> list[Group]:
    """The groups in the order of their tags, each with its routes in the order of paths."""
    routes: dict[str, list[dict[str, Any]]] = {}
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            if isinstance(operation, dict):
                routes.setdefault(operation["tags"][0], []).append(
                    _route(path, method, operation, language)
                )
    ending = _ending(request)
    return [
        Group(tag, f"/docs/{slug_of(tag)}{ending}", found) for tag, found in sorted(routes.items())
    ]


def _codes(language: Language) -> list[tuple[int, list[dict[str, str]]]]:
    """Every code with its title, by status."""
    texts, statuses = problem_texts(language), _statuses()
    in_order = sorted(texts, key=lambda code: (statuses[code], code))
    return [
        (status, [{"code": code, "title": texts[code]["title"]} for code in codes])
        for status, codes in groupby(in_order, key=lambda code: statuses[code])
    ]


def _statuses() -> Mapping[str, int]:
    """The status of every code; a kind without one has that of the kind it is made from."""
    found = defaultdict(lambda: STATUSES[LedgerError.code], STATUSES)
    waiting = [LedgerError]
    while waiting:
        kind = waiting.pop()
        for one in kind.__subclasses__():
            found.setdefault(one.code, found[kind.code])
            waiting.append(one)
    return found


def _reachable(routes: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> set[str]:
    """Names of the messages that routes take or give, and of those inside them."""
    waiting = [name for route in routes for name in route["messages"]]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in known and name not in found and name != _PROBLEM:
            found.add(name)
            waiting += _references(known[name])
    return found


def _references(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(_REFERENCE)
            else:
                yield from _references(value)
    elif isinstance(tree, list):
        for one in tree:
            yield from _references(one)


def _route(
    path: str, method: str, operation: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    permission = operation.get("x-permission")
    return {
        "method": method.upper(),
        "path": path,
        "anchor": operation["operationId"],
        "summary": operation.get("summary", ""),
        "words": operation.get("description", ""),
        "permission": permission,
        "permission_words": catalogue(language).get(f"permission.{permission}"),
        "parameters": [
            {"description": "", "required": False, **one} for one in operation.get("parameters", [])
        ],
        "body": _body_name(operation),
        "answers": [_answer(status, one) for status, one in operation["responses"].items()],
        "messages": set(_references([operation.get("requestBody"), operation["responses"]])),
    }


def _answer(status: str, answer: Mapping[str, Any]) -> tuple[str, str | None, str | None]:
    """Status, words and message of an answer; no words: a refusal."""
    message = next(_references(answer.get("content", {})), None)
    refused = message == _PROBLEM
    return status, None if refused else answer["description"], None if refused else message


def _body_name(operation: Mapping[str, Any]) -> str | None:
    content = operation.get("requestBody", {}).get("content", {})
    for form in content.values():
        if "$ref" in form.get("schema", {}):
            return _name(form["schema"])
    return None


def _name(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _kind(form: Mapping[str, Any]) -> str:
    """A type in a few words."""
    if "$ref" in form:
        return _name(form)
    for choice in ("oneOf", "anyOf"):
        if choice in form:
            return " or ".join(_kind(one) for one in form[choice])
    if "enum" in form:
        return " | ".join(str(value) for value in form["enum"])
    if form.get("type") == "array":
        return f"list of {_kind(form.get('items', {}))}"
    return str(form.get("format") or form.get("type") or "any")
