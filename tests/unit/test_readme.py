"""The README and the guides say what there is: settings, commands, files."""

import re
from pathlib import Path

import msgspec
import pytest

from ledger.settings import Settings
from ops.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def test_every_setting_is_listed_with_its_default() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    for field in msgspec.structs.fields(Settings):
        name = f"GONGZHANG_{field.name.upper()}"
        (row,) = re.findall(rf"^\| `{name}` \|([^|]*)\|", text, re.MULTILINE)
        default = str(field.default)
        shown = default.lower() if isinstance(field.default, bool) else default
        assert not default or f"`{shown}`" in row, name


def test_every_command_is_listed() -> None:
    text = PAGES[0].read_text(encoding="utf-8")
    table = text.partition("## 命令 Commands")[2].partition("\n## ")[0]
    assert {word for word in COMMANDS if f"`{word}" not in table} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [name for name in targets if not (page.parent / name).exists()] == []


def test_pictures_are_used_and_small() -> None:
    used = {Path(name).name for name in LINK.findall(PAGES[0].read_text(encoding="utf-8"))}
    for picture in (ROOT / "docs" / "pictures").glob("*"):
        assert picture.name in used
        assert picture.stat().st_size < 150_000
