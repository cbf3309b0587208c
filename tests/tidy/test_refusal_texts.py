"""Whatever a command refuses has its Chinese sentence, with the same facts in it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import ops.cli.main  # noqa: F401  loads the refusals
from ledger.settings import UnknownSetting
from ops.backup.errors import REMEDIES
from ops.cli.reader import in_chinese, read_catalogue
from ops.refusals import AdministratorMust
from ops.refused_connections import _AT_WORK, _BY_STATE
from tests.tidy.sources import ROOT

FIELD = re.compile(r"\{(\w+)\}")
PLACES = [*sorted((ROOT / "ops").rglob("*.py")), *sorted((ROOT / "ledger").glob("*sett*.py"))]


def kinds() -> set[str]:
    """The classes of refusals, and what argparse is told."""
    names = {"AdministratorMust", "UnknownSetting", "ArgumentTypeError"}
    trees = [ast.parse(path.read_text("utf-8")) for path in PLACES]
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    for _ in range(5):
        names |= {
            one.name
            for one in classes
            if names & {base.id for base in one.bases if isinstance(base, ast.Name)}
        }
    assert AdministratorMust.__name__ in names
    assert UnknownSetting.__name__ in names
    return names


def sentences(path: Path, names: set[str]) -> Iterator[str]:
    """Each sentence that a file refuses with; a sample stands for what varies."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name in names:
            calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
            told = [one for one in calls if ast.unparse(one.func) == "super().__init__"]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
            told = [node]
        else:
            continue
        for call in told:
            for argument in call.args:
                for text in texts(argument):
                    if " " in text:
                        yield text


def texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    if isinstance(node, ast.BinOp):
        return [f"{texts(node.left)[0]}NAMES"]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if not isinstance(node, ast.JoinedStr):
        return []
    samples: dict[str, str] = {}
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            assert isinstance(part, ast.FormattedValue)
            key = ast.unparse(part.value)
            parts.append(samples.setdefault(key, f"FACT{len(samples)}"))
    return ["".join(parts)]


def test_every_refusal_has_its_chinese_sentence() -> None:
    names = kinds()
    found = {text for path in PLACES for text in sentences(path, names)}
    assert len(found) > 80
    found |= {*_AT_WORK.values(), *_BY_STATE.values()}
    found |= {f"PATH: {remedy}." for remedy in REMEDIES.values()}
    # the reason is the system's own, and in no language but its
    found -= {text for text in found if re.fullmatch(r"FACT0: FACT1\.", text)}
    assert sorted(text for text in found if in_chinese(text) == text) == []


def test_both_languages_tell_the_same_facts() -> None:
    rows = read_catalogue()
    assert [
        row for row in rows if set(FIELD.findall(row["en"])) != set(FIELD.findall(row["zh"]))
    ] == []
    english = [row["en"] for row in rows]
    assert len(english) == len(set(english))
    assert [row["zh"] for row in rows if not re.search(r"[\u4e00-\u9fff]|。", row["zh"])] == []


def test_a_fact_is_put_into_chinese_and_a_strange_sentence_stays() -> None:
    assert in_chinese("argument --port: '7x' is not a port; give a number from 1 to 65535") == (
        "参数 --port：'7x' 不是端口，请写 1 到 65535 的数字"
    )
    assert in_chinese("/x/backup-key cannot be read: Is a directory. Name a file in it.") == (
        "/x/backup-key 读不了：它是目录。请写出里面的一个文件。"
    )
    assert in_chinese("Something nobody has foreseen.") == "Something nobody has foreseen."


def test_every_sentence_of_an_answer_is_still_said() -> None:
    nodes = [
        node
        for path in (ROOT / "ops" / "cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    nodes += ast.walk(ast.parse((ROOT / "ops" / "secret_check.py").read_text("utf-8")))
    said = "\0".join(str(one.value) for one in nodes if isinstance(one, ast.Constant))
    rows = tomllib.loads((ROOT / "ops" / "texts" / "answers.zh-CN.toml").read_text("utf-8"))
    parts = [part for row in rows["sentence"] for part in re.split(r"\{\w+\}", row["en"])]
    assert len(parts) > 80
    assert [part for part in parts if part not in said] == []


def test_the_runbook_quotes_what_is_said() -> None:
    page = (ROOT / "docs" / "runbook.md").read_text("utf-8").partition("## 五、")[2]
    cells = [line.split(" | ")[0] for line in page.splitlines() if line.startswith("| ")]
    quotes = [quote for cell in cells for quote in re.findall(r"`([^`]+)`", cell)]
    chinese = [quote for quote in quotes if re.search(r"[\u4e00-\u9fff]", quote)]
    assert len(chinese) > 20
    said = [FIELD.sub("…", row["zh"]) for row in read_catalogue()]
    assert [quote for quote in chinese if not any(quote in one for one in said)] == []
