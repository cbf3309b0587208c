"""Both catalogues hold exactly the texts that pages use, with the same placeholders."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest
from jinja2 import nodes

import api.web
from api.auth import LAST_SESSION_KNOWN
from api.web.rendering import environment
from api.web.texts import LANGUAGES, catalogue, text
from ledger.foundation.event_catalogue import list_events
from ledger.foundation.known_browsers import REMEMBERED
from ledger.foundation.notices import NOTICE_KINDS
from ledger.foundation.roles import shipped_roles

WEB = Path(api.web.__file__).parent
TEMPLATES = WEB.parent / "templates"
WORDS_FUNCTIONS = {"t", "text", "words"}
FAMILY_FUNCTIONS = {"label", "status"}


def _first_text(node: nodes.Node) -> str | None:
    """A constant key, or the constant prefix of a key that ends in a value."""
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        return node.value
    if isinstance(node, nodes.Concat):
        start = _first_text(node.nodes[0])
        return None if start is None else f"{start}*"
    return None


def _asked_by_templates() -> Iterator[tuple[str, str]]:
    env = jinja2.Environment(autoescape=True)
    for path in sorted(TEMPLATES.rglob("*.html")):
        for call in env.parse(path.read_text("utf-8")).find_all(nodes.Call):
            name = getattr(call.node, "name", None) or getattr(call.node, "attr", None)
            key = _first_text(call.args[0]) if call.args else None
            if key is None:
                continue
            if name in WORDS_FUNCTIONS:
                yield str(path), key
            elif name in FAMILY_FUNCTIONS:
                yield str(path), f"{key}.*"


def _asked_by_code() -> Iterator[tuple[str, str]]:
    for path in sorted(WEB.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield str(path), node.value


def _used_keys() -> set[str]:
    known = set(catalogue("zh-CN"))
    in_templates = {key for _, key in _asked_by_templates()}
    in_code = {key for _, key in _asked_by_code()}
    families = {key[:-1] for key in in_templates if key.endswith("*")}
    families |= {f"{name}." for name in FAMILIES}
    exact = in_templates | (in_code & known)
    return exact | {key for key in known if key.startswith(tuple(families))}


#: Families of words that code looks up by value.
FAMILIES = {
    "amount_name",
    "audit_object",
    "books_title",
    "books_words",
    "counter_remedy",
    "counter_title",
    "counter_words",
    "filter.column",
    "import_outcome",
    "import_problem",
    "import_reason",
    "import_sheet",
    "filter.unit",
    "ground",
    "holder",
    "movement",
    "payee_kind",
    "notice",
    "page_title",
    "page_words",
    "privacy_duty",
    "own_data_sheet",
    "own_data_column",
    "password_refused",
    "policy_hint",
    "policy_option",
    "policy_unit",
    "remedy",
    "role_action",
    "standing_act",
}


def test_languages_have_the_same_keys_and_placeholders() -> None:
    def shape(words: str) -> set[str]:
        return {field for _, field, _, _ in string.Formatter().parse(words) if field is not None}

    first, *others = (
        {key: shape(words) for key, words in catalogue(one).items()} for one in LANGUAGES
    )
    assert all(first == other for other in others)


def test_every_role_and_amount_of_the_event_catalogue_has_a_word() -> None:
    known = catalogue("zh-CN")
    events = list_events()
    roles = {role for event in events for role in event.roles}
    amounts = {transfer.amount for event in events for transfer in event.transfers}
    assert [name for name in roles if f"holder.{name}" not in known] == []
    assert [name for name in amounts if f"amount_name.{name}" not in known] == []


def test_every_key_a_template_asks_for_is_there() -> None:
    known = set(catalogue("zh-CN"))
    missing = [
        (path, key)
        for path, key in _asked_by_templates()
        if not (key in known or (key.endswith("*") and any(k.startswith(key[:-1]) for k in known)))
    ]
    assert missing == []


#: What looks like the key of a text, in the code.
_KEY = re.compile(r"[a-z_]+(\.[a-z_]+)+\Z")
_FILES = (".html", ".typ")


def test_every_key_that_code_names_is_there() -> None:
    known = set(catalogue("zh-CN"))
    families = {key.partition(".")[0] for key in known}
    rights = {code for one in shipped_roles().values() for code in (*one.limited, *one.wide)}
    actions = {key.removeprefix("audit_action.") for key in known if "audit_action." in key}
    missing = [
        (path, key)
        for path, key in _asked_by_code()
        if _KEY.match(key)
        and key.partition(".")[0] in families
        and key not in known | rights | actions
        and not key.endswith(_FILES)
    ]
    assert missing == []


def test_every_key_that_code_asks_for_is_there() -> None:
    known, asked = set(catalogue("zh-CN")), list(_asked_by_name())
    assert len(asked) > 100
    assert [(path, key) for path, key in asked if key not in known] == []


def _asked_by_name() -> Iterator[tuple[str, str]]:
    """Keys handed to what needs one: ``text``, ``refuse``, and ``untouched`` of a refusal."""
    for path in sorted(WEB.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            name = getattr(call.func, "id", None)
            handed = call.args[1:2] if name == "text" else []
            if getattr(call.func, "attr", None) == "refuse":
                handed = call.args[1:2]
            handed += [one.value for one in call.keywords if one.arg == "untouched"]
            for one in handed:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield str(path), one.value


#: Fields that are codes; a page says them in words, by a family of them or a function of its own.
_CODED = re.compile(
    r"\{\{ *[a-z_.]+\.(?:action|book|category|channel|event|funds|kind|outcome|reason_code|role"
    r"|scope|side|state|status|tie|unit)(?: *\| *(?!label)[^}]*)? *\}\}"
)
#: Shown as they are, with a reason: the answer of an HTTP server, the kind of a file in capitals,
#: the unit beside a figure, which is a word already, and what becomes an id or an address.
_MEANT = {
    "account/kept.html": {"{{ kept.action }}"},
    "admin/webhook.html": {"{{ one.status }}"},
    "evidence.html": {"{{ one.kind | upper }}"},
    "macros.html": {"{{ figure.unit }}"},
    "search.html": {"{{ group.kind }}"},
}


def test_no_page_shows_a_code_for_a_word() -> None:
    shown = {}
    for path in sorted(TEMPLATES.rglob("*.html")):
        if found := {one[0] for one in _CODED.finditer(path.read_text("utf-8"))}:
            shown[path.relative_to(TEMPLATES).as_posix()] = found
    assert shown == _MEANT


def test_no_text_is_left_over() -> None:
    assert set(catalogue("zh-CN")) - _used_keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_template_compiles(language: str) -> None:
    for path in sorted(TEMPLATES.rglob("*.html")):
        environment(language).get_template(str(path.relative_to(TEMPLATES)))


def test_no_template_has_inline_script_or_style() -> None:
    for path in sorted(TEMPLATES.rglob("*.html")):
        source = path.read_text("utf-8")
        assert " style=" not in source, path
        assert "<style" not in source, path
        assert " onclick=" not in source, path
        assert "<script>" not in source, path


def test_every_kind_of_notice_has_words() -> None:
    assert {f"notice.{kind}" for kind in NOTICE_KINDS} <= set(catalogue("zh-CN"))


def test_how_long_marks_stay_in_a_browser_is_said_as_it_is() -> None:
    for language in LANGUAGES:
        said = text(language, "privacy.browser")
        for kept in (LAST_SESSION_KNOWN, REMEMBERED):
            assert f" {kept.days} " in said
