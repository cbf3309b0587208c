"""The description as a page: every route, its fields, its refusals. No scripts, nothing fetched."""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import ChainableUndefined, Environment
from markupsafe import Markup, escape

from api.problems import problem_texts
from api.statuses import STATUSES
from api.web.rendering import asset

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}: /v1</title>
<link rel="stylesheet" href="{{ style }}">
<main>
<h1>{{ title }}</h1>
<p>{{ description | words }}</p>
<p><a href="/docs/openapi.json">openapi.json</a></p>
<h2>Routes</h2>
<ul>{% for route in routes %}<li><a href="#{{ route.anchor }}"><code>{{ route.method }} {{ route.path }}</code></a> {{ route.summary }}</li>{% endfor %}</ul>
{% for route in routes %}
<section id="{{ route.anchor }}">
<h3><code>{{ route.method }} {{ route.path }}</code></h3>
<p>{{ route.summary }}. {{ route.words | words }}</p>
{% if route.permission %}<p>Permission: <code>{{ route.permission }}</code></p>{% endif %}
{% if route.parameters %}<table><caption>Parameters</caption>
<tr><th scope="col">Name<th scope="col">In<th scope="col">Needed<th scope="col">Meaning</tr>
{% for one in route.parameters %}<tr><td><code>{{ one.name }}</code><td>{{ one["in"] }}<td>{{ "yes" if one.required else "no" }}<td>{{ (one.description or "") | words }}</tr>
{% endfor %}</table>{% endif %}
{% if route.body %}<p>Body: <a href="#schema-{{ route.body }}"><code>{{ route.body }}</code></a></p>{% endif %}
<table><caption>Answers</caption>
{% for status, answer in route.answers %}<tr><th scope="row">{{ status }}<td>{{ answer }}</tr>
{% endfor %}</table>
</section>
{% endfor %}
<h2>Messages</h2>
{% for name, schema in schemas %}
<section id="schema-{{ name }}">
<h3><code>{{ name }}</code></h3>
<p>{{ (schema.description or "") | words }}</p>
{% if schema.properties %}<table>
<tr><th scope="col">Field<th scope="col">Type<th scope="col">Needed<th scope="col">Meaning</tr>
{% for field, form in schema.properties.items() %}<tr><td><code>{{ field }}</code><td>{{ kind(form) }}<td>{{ "yes" if field in schema.required else "no" }}<td>{{ (form.description or "") | words }}</tr>
{% endfor %}</table>{% endif %}
</section>
{% endfor %}
<h2>Refusals</h2>
<table>
<tr><th scope="col">Code<th scope="col">Status<th scope="col">Meaning<th scope="col">说明</tr>
{% for one in refusals %}<tr id="problem-{{ one.code }}"><td><code>{{ one.code }}</code><td>{{ one.status }}<td>{{ one.en }}<td lang="zh-CN">{{ one.zh }}</tr>
{% endfor %}</table>
</main>
</html>
"""  # noqa: E501
_QUOTED = re.compile(r"``?([^`]+)``?")
_environment = Environment(autoescape=True, undefined=ChainableUndefined)


def _words(text: str) -> Markup:
    """A sentence; what stands in backticks is code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else escape(part)
        for place, part in enumerate(_QUOTED.split(text))
    )


_environment.filters["words"] = _words


def describe(schema: Mapping[str, Any]) -> bytes:
    """The page of a completed description."""
    routes = [
        _route(path, method, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict)
    ]
    page = _environment.from_string(_PAGE).render(
        style=asset("docs.css"),
        title=schema["info"]["title"],
        description=schema["info"]["description"],
        routes=routes,
        schemas=[
            (name, {"properties": {}, "required": [], "description": "", **one})
            for name, one in sorted(schema["components"]["schemas"].items())
        ],
        kind=_kind,
        refusals=_refusals(),
    )
    return page.encode()


def _refusals() -> list[dict[str, Any]]:
    """Every code with its status and title in both languages."""
    chinese, english = problem_texts("zh-CN"), problem_texts("en")
    return [
        {
            "code": code,
            "status": STATUSES[code],
            "en": text["title"],
            "zh": chinese[code]["title"],
        }
        for code, text in sorted(english.items())
    ]


def _route(path: str, method: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "method": method.upper(),
        "path": path,
        "anchor": operation["operationId"],
        "summary": operation.get("summary", ""),
        "words": operation.get("description", ""),
        "permission": operation.get("x-permission"),
        "parameters": [
            {"description": "", "required": False, **one} for one in operation.get("parameters", [])
        ],
        "body": _body_name(operation),
        "answers": [
            (status, answer["description"]) for status, answer in operation["responses"].items()
        ],
    }


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
