"""What the fields of a form are called: read off the page that has the form, as its reader sees it.

A form that was kept holds names and values alone. Its labels, their order and the words of what was
chosen stand on the page it came from, which is asked for once more in the reader's own name.
"""

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from api.web.account import KEPT_PAGE
from api.web.addresses import with_query
from api.web.frame import PageRequest, language_of_page

#: What a request inside the service takes over of the one it serves.
_TAKEN = ("type", "asgi", "http_version", "scheme", "root_path", "client", "server")
_HEADERS = frozenset({b"cookie", b"host", b"accept-language"})
_LARGEST_PAGE = 256 * 1024
_OK = 200
#: What a page offered to choose, and nobody typed: without its words it says nothing to a reader.
_CHOSEN = re.compile(r"[a-z_.]+\Z|[0-9a-f]{64}\Z|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")


#: Buttons that only lead to another look: they decide nothing.
_LOOKS = frozenset({"check", "change", "look"})
#: What the buttons of forms in two steps are called in a form.
_BUTTONS = frozenset({"act", "step"})


class Answer(NamedTuple):
    """One field that was filled in, in words; no label: the page does not name it."""

    label: str
    words: str
    #: It was pressed, not filled in.
    is_button: bool = False


class FormField(msgspec.Struct):
    """A field of a form: its label, and the words of what can be chosen."""

    name: str
    label: str = ""
    choices: dict[str, str] = {}
    is_hidden: bool = False
    is_button: bool = False


class FormOnPage(msgspec.Struct):
    """A form: where it is sent to, and its fields in the order of the page."""

    action: str
    fields: dict[str, FormField] = {}
    #: The heading of its page, and where that page lies; empty: the page has none.
    title: str = ""
    place: str = ""


class _Reader(HTMLParser):
    """Collects the forms of one of our own pages."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self._labels: dict[str, str] = {}
        self._inside: list[str] = []
        #: Whose words are being read: what takes them once they are complete.
        self._words: list[str] = []
        self._label_of: str | None = None
        self._choice: tuple[FormField, str] | None = None
        self._option: tuple[FormField, str] | None = None
        self._select: FormField | None = None
        self._legend = ""
        self._inside_place = False
        self.title = self.place = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FormOnPage(given.get("action", "")))
        elif tag in ("label", "legend", "button", "option", "h1"):
            self._words = []
        elif tag == "p":
            self._inside_place = given.get("class", "").split(" ")[0] == "place"
        elif tag == "span" and self._inside_place:
            self._words = []
        if tag == "label":
            self._label_of, self._choice = given.get("for"), None
        elif tag == "fieldset":
            self._legend = ""
        elif tag == "option" and self._select is not None:
            self._option = (self._select, given.get("value", ""))
        elif tag in ("input", "select", "textarea", "button") and given.get("name"):
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        if not self.forms:
            return
        fields, name = self.forms[-1].fields, given["name"]
        kind = given.get("type", "")
        field = fields.setdefault(name, FormField(name, is_hidden=kind == "hidden"))
        if tag == "select":
            self._select = field
        elif kind in ("checkbox", "radio"):
            field.label = field.label or self._legend
            self._choice = (field, given.get("value", "on"))
        elif tag == "button":
            field.is_button = True
            self._option = (field, given.get("value", ""))
        field.label = field.label or self._labels.get(given.get("id", ""), "")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        words = " ".join("".join(self._words).split())
        if tag == "label" and self._choice is not None:
            field, value = self._choice
            field.choices[value] = words
        elif tag == "label" and self._label_of:
            self._labels[self._label_of] = words
        elif tag == "legend":
            self._legend = words
        elif tag == "h1":
            self.title = words
        elif tag == "span" and self._inside_place:
            self.place, self._inside_place = words, False
        elif tag in ("option", "button") and self._option is not None:
            field, value = self._option
            field.choices[value] = words
            self._option = None
        elif tag == "select":
            self._select = None
        elif tag == "fieldset":
            self._legend = ""


def read_forms(page: str) -> list[FormOnPage]:
    """The forms of a page."""
    reader = _Reader()
    reader.feed(page)
    for form in reader.forms:
        form.title, form.place = reader.title, reader.place
    return reader.forms


def answers_of(
    form: FormOnPage | None,
    typed: Sequence[tuple[str, str]],
    pressed: Mapping[str, str] = MappingProxyType({}),
) -> list[Answer]:
    """What was filled in, in the order of the form; what the form does not know stands last.

    ``pressed`` are the words of buttons that stand on the second step of a form alone.
    """
    fields = {} if form is None else form.fields
    found = []
    for field in fields.values():
        if field.is_hidden:
            continue
        for value in (value for name, value in typed if name == field.name and value.strip()):
            words = field.choices.get(value, "" if field.is_button else value)
            if field.is_button:
                words = "" if value in _LOOKS else words or pressed.get(value, "")
            if words:
                found.append(Answer(field.label, words, field.is_button))
    found += [
        Answer("", pressed[value], is_button=True)
        for name, value in typed
        if name in _BUTTONS - fields.keys() and value in pressed
    ]
    return found + [
        Answer("", value)
        for name, value in typed
        if name not in fields and value.strip() and not _CHOSEN.match(value)
    ]


async def find_form(
    request: PageRequest, *, action: str, addresses: Iterable[str], typed: Sequence[tuple[str, str]]
) -> FormOnPage | None:
    """The form that is sent to ``action``, on the first of these pages that has it.

    Of several the one that asks for most of what was typed.
    """
    names = {name for name, _ in typed}
    for address in dict.fromkeys(addresses):
        page = await _read_page(request, address)
        forms = [
            form
            for form in ([] if page is None else read_forms(page))
            if urlsplit(form.action or address).path == urlsplit(action).path
        ]
        if forms:
            return max(forms, key=lambda form: len(names & form.fields.keys()))
    return None


async def _read_page(request: PageRequest, address: str) -> str | None:
    """A page as this reader gets it; None when it is none for her, or too large to look through.

    In the language of the page that is made now, which may have been chosen a moment ago.

    The page that shows a kept form is not asked for: it would ask for itself.
    """
    parts = urlsplit(address)
    if parts.path == KEPT_PAGE:
        return None
    in_language = with_query(parts.path, parts.query, {"lang": language_of_page(request)})
    outer: Any = request.scope
    scope = {name: outer[name] for name in _TAKEN if name in outer}
    scope |= {
        "method": "GET",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": urlsplit(in_language).query.encode(),
        "headers": [(name, value) for name, value in outer["headers"] if name in _HEADERS],
        "state": {},
    }
    status, body = 0, bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body" and len(body) <= _LARGEST_PAGE:
            body.extend(message.get("body", b""))

    await request.app(scope, receive, send)  # type: ignore[arg-type]
    if status != _OK or len(body) > _LARGEST_PAGE:
        return None
    return body.decode("utf-8", errors="replace")
