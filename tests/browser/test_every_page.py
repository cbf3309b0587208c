"""Every page that a role can reach from its home: it answers, fits, reads and weighs as it should.

It fits in both languages, in ordinary and in large type, on phones and a desk, for each role that
comes to it; axe reads one of each shape, in the light and in the dark.

SCREENS=folder keeps a picture of each in both sizes.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SignIn
from tests.browser.crawl import Visited, crawl
from tests.browser.screens import SIZES
from tests.browser.test_homes import HOMES

#: What a walk finds at the least; fewer would mean that pages lost their ways.
LEAST_PAGES = 9
FOLDER = os.environ.get("SCREENS")
OPEN_TO_ANYONE = ("/sign-in", "/styleguide")


@pytest.fixture(scope="module")
def read_by_axe() -> set[str]:
    """The shapes of pages that axe has read."""
    return set()


def walk(page: Page, name: str, starts: list[str], read: set[str]) -> dict[str, Visited]:
    """Visit all; the pages by their shape. What is wrong is gathered, so that one run tells all."""
    pages = {}
    for visited in crawl(page, starts, read):
        pages[visited.shape] = visited
        if FOLDER:
            keep(page, Path(FOLDER), f"{name}-{len(pages):03}")
    faults = [f"{one.path}: {fault}" for one in pages.values() for fault in one.faults]
    assert not faults, "\n".join(faults)
    return pages


def keep(page: Page, folder: Path, name: str) -> None:
    """The whole page at both sizes, with its address beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(f"{page.url}\n{page.title()}\n", "utf-8")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=folder / f"{name}-{size}.png", full_page=True)


@pytest.mark.parametrize("name", [*HOMES, "recorder"])
def test_every_page_that_a_role_reaches_passes(
    sign_in: SignIn, read_by_axe: set[str], name: str
) -> None:
    page = sign_in(name)
    pages = walk(page, name, [urlsplit(page.url).path, "/"], read_by_axe)
    assert len(pages) >= LEAST_PAGES, sorted(pages)


def test_the_pages_that_are_open_to_anyone_pass(sign_in: SignIn, read_by_axe: set[str]) -> None:
    pages = walk(sign_in(None), "anyone", list(OPEN_TO_ANYONE), read_by_axe)
    assert set(OPEN_TO_ANYONE) <= set(pages)
