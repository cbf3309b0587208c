"""What a command says to whoever typed it: in their language, naming the program they typed.

The sentences stand in the code in English, which logs and `--json` keep. Where the environment is
Chinese, a sentence is looked up in the catalogues of `ops/texts`, those of refusals and those of
answers; one that is not there stays English as a whole.

Source: docs/decisions/0058-language-of-commands.md
"""

import os
import re
import tomllib
from functools import cache
from importlib.resources import files

from ops.cli import speaks_chinese
from ops.cli.commands import COMMANDS

_FIELD = re.compile(r"\{(\w+)\}")
_TYPED = re.compile(rf"\bgongzhang(?= (?:{'|'.join(COMMANDS)}|COMMAND)\b)")


def say(sentence: str) -> str:
    """The sentence for whoever reads what this command answers."""
    return as_typed(in_chinese(sentence) if speaks_chinese(os.environ) else sentence)


def say_lines(text: str) -> str:
    """Each line by itself, as an answer is put together; figures and names stay as they are."""
    return "\n".join(map(say, text.split("\n")))


def as_typed(text: str) -> str:
    """The text with the commands in it as they are typed in this installation."""
    return _TYPED.sub(program(), text)


def program() -> str:
    """The name under which the program was called; a wrapper leaves its own in COMMAND_TYPED."""
    return os.environ.get("COMMAND_TYPED") or "gongzhang"


def in_chinese(sentence: str) -> str:
    """The sentence in Chinese, and so what varies in it; as it is when the catalogue lacks it."""
    for pattern, chinese in _sentences():
        if found := pattern.fullmatch(sentence):
            return chinese.format_map(
                {name: in_chinese(value) for name, value in found.groupdict().items()}
            )
    return sentence


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Pattern and Chinese; the one with the most words of its own is tried first."""
    rows = read_catalogue()
    rows.sort(key=lambda row: len(_FIELD.sub("", row["en"])), reverse=True)
    return tuple((_pattern(row["en"]), row["zh"]) for row in rows)


def read_catalogue() -> list[dict[str, str]]:
    """The sentences as they stand in the files: `en` and `zh` with the same {fields}."""
    folder = files("ops") / "texts"
    rows: list[dict[str, str]] = []
    for name in ("refusals", "answers"):
        rows += tomllib.loads((folder / f"{name}.zh-CN.toml").read_text("utf-8"))["sentence"]
    return rows


def _pattern(english: str) -> re.Pattern[str]:
    """A field matches anything; where it stands again, the same again."""
    seen: set[str] = set()
    parts = []
    for number, part in enumerate(_FIELD.split(english)):
        if number % 2 == 0:
            parts.append(re.escape(part))
        else:
            parts.append(f"(?P={part})" if part in seen else f"(?P<{part}>.+?)")
            seen.add(part)
    return re.compile("".join(parts), re.DOTALL)
