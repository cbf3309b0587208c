"""What the decoder says is said in Chinese to readers of Chinese."""

import ast
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from uuid import UUID

import msgspec
import pytest
from msgspec import Meta

import api as api_package
import ledger
import reconciliation
from api import sensible_dates
from api.bodies import invalid_body
from api.reasons import reason_in


class Sent(msgspec.Struct, forbid_unknown_fields=True):
    needed: int
    number: Annotated[int, Meta(ge=1, le=5)] = 1
    text: Annotated[str, Meta(min_length=1, max_length=3, pattern="^a")] = "a"
    id: UUID | None = None
    day: date | None = None
    moment: Annotated[datetime, Meta(tz=True)] | None = None
    items: Annotated[tuple[int, ...], Meta(min_length=1, max_length=2)] = (1,)
    choice: Literal["a", "b"] = "a"


@pytest.mark.parametrize(
    "body",
    [
        '{"needed":1,"number":"a"}',
        '{"needed":1,"number":0}',
        '{"needed":1,"number":9}',
        '{"needed":1,"text":""}',
        '{"needed":1,"text":"aaaa"}',
        '{"needed":1,"text":"b"}',
        '{"needed":1,"id":"x"}',
        '{"needed":1,"day":"x"}',
        '{"needed":1,"moment":"x"}',
        '{"needed":1,"moment":"2025-01-01T00:00:00"}',
        '{"needed":1,"items":[]}',
        '{"needed":1,"items":[1,2,3]}',
        '{"needed":1,"items":["a"]}',
        '{"needed":1,"choice":"c"}',
        '{"needed":1,"other":1}',
        '{"needed":1,"day":5}',
        "{}",
        "[]",
    ],
)
def test_every_reason_of_the_decoder_is_said_in_chinese(body: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Sent)
    reason = str(invalid_body(str(caught.value)).attributes()["reason"])
    said = reason_in("zh-CN", reason)
    assert said != reason
    assert not {"Expected", "Invalid", "Object"} & set(said.split())
    assert reason_in("en", reason) == reason


def test_every_reason_of_the_edge_is_said_in_chinese() -> None:
    api = Path(api_package.__file__).parent
    sources = [path.read_text("utf-8") for path in (*api.glob("*.py"), *api.glob("v1/*.py"))]
    reasons = {reason for source in sources for reason in re.findall(r'reason="([^"]+)"', source)}
    reasons |= {sensible_dates.REASON, sensible_dates.TOO_EARLY, sensible_dates.TOO_LATE}
    assert len(reasons) > 10
    assert [reason for reason in sorted(reasons) if reason_in("zh-CN", reason) == reason] == []


def test_every_remedy_is_said_in_chinese() -> None:
    packages = [Path(one.__file__).parent for one in (ledger, reconciliation)]
    sources = [path.read_text("utf-8") for one in packages for path in one.rglob("*.py")]
    remedies = {text for source in sources for text in _remedies(ast.parse(source))}
    assert len(remedies) > 20
    assert [text for text in sorted(remedies) if reason_in("zh-CN", text) == text] == []


def _remedies(tree: ast.AST) -> Iterator[str]:
    """The texts given as a remedy, a 7 in each place that is filled in."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "remedy":
            yield from _texts(node.value)
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "remedy":
            yield from _texts(node.value)


def _texts(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.IfExp):
        yield from (*_texts(value.body), *_texts(value.orelse))
    elif isinstance(value, ast.JoinedStr):
        parts = (part.value if isinstance(part, ast.Constant) else "7" for part in value.values)
        yield "".join(map(str, parts))
    elif isinstance(value, ast.Constant):
        yield str(value.value)
