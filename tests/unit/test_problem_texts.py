"""Chinese sentences are set as Chinese is: with full-width punctuation, in one word a thing."""

import re
import tomllib
from pathlib import Path

import pytest

import api
import reconciliation
from api.problems import problem_texts, words_of
from api.web.numbers import short_number
from ledger.books.refusals import EntryAlreadyReversed
from ledger.errors import InvalidInput, NotFound
from ledger.identifiers import uuid7

TEXTS = [
    *sorted((Path(api.__file__).parent / "texts").rglob("*.zh-CN.toml")),
    Path(reconciliation.__file__).parent / "texts" / "zh-CN.toml",
]
#: Beside a Chinese character, an ending placeholder or a closing mark.
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff}”）][,:;?!(]|[,:;?!(][\u4e00-\u9fff“]|[\u4e00-\u9fff]\)")
#: Words that are fixed: how to type a time.
ALLOWED = {"form.time"}


def texts_of(tree: object, place: str = "") -> list[tuple[str, str]]:
    if isinstance(tree, str):
        return [(place, tree)]
    if isinstance(tree, list):
        return [one for item in tree for one in texts_of(item.get("text", ""), place)]
    assert isinstance(tree, dict)
    return [
        one for key, value in tree.items() for one in texts_of(value, f"{place}.{key}".lstrip("."))
    ]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_chinese_sentences_have_full_width_punctuation(path: Path) -> None:
    found = texts_of(tomllib.loads(path.read_text("utf-8")))
    assert [one for one in found if one[0] not in ALLOWED and HALF_WIDTH.search(one[1])] == []


def test_a_hold_has_one_name() -> None:
    problems = problem_texts("zh-CN")
    about_holds = {code: text for code, text in problems.items() if "hold" in code}
    assert about_holds
    for text in about_holds.values():
        assert not re.search("冻结|保留|占用", text["title"] + text["detail"].replace("预占", ""))


def test_refusals_name_things_as_the_pages_do() -> None:
    entry, reversal = uuid7(), uuid7()
    _, words = words_of(EntryAlreadyReversed(entry=str(entry), reversal=str(reversal)), "zh-CN")
    assert short_number(entry) in words
    assert short_number(reversal) in words
    assert str(entry) not in words
    _, words = words_of(NotFound(kind="approval", id="7"), "zh-CN")
    assert "approval" not in words
    for role, name in (("subdistrict_staff", "街道工作人员"), ("guardian", "监护人")):
        refusal = InvalidInput(field="role", value=role, remedy="Name a role.")
        _, words = words_of(refusal, "zh-CN")
        assert name in words
        assert role not in words
