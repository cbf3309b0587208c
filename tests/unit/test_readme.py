"""The README and the guides say what there is: settings, commands, files."""

import re
from pathlib import Path

import pytest

from ledger.settings import list_settings
from ops.cli.main import COMMANDS
from ops.settings_page import PAGE, settings_page

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guides").glob("*.md"))]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def test_the_page_of_settings_is_what_the_settings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run: python -m ops.settings_page"
    assert len({fact.variable for fact in list_settings()}) > 10


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
