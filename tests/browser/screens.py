"""Pictures of pages in both sizes; each page is also weighed and looked over by axe."""

import gzip
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route

from api.web.rendering import STATIC_FOLDER

SIZES = {"phone": (390, 844), "desk": (1440, 900)}
#: Most that a page may weigh on the wire with its styles. Source: the rules for pages.
HEAVIEST_BYTES = 60_000
_COPY = "/copy-for-checking"


class Screens:
    """Where the pictures go, and a second page that looks a copy over.

    axe needs scripts, and our pages are mostly tried without.
    """

    def __init__(self, folder: Path, checker: Page) -> None:
        self.folder = folder
        self._checker = checker
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, page: Page, name: str, *, scheme: Literal["light", "dark"] = "light") -> None:
        """A picture at 390x844 and one at 1440x900; the page must pass in both."""
        before = page.viewport_size
        assert before is not None
        html = page.content()
        weight = len(html.encode()) + styles_weight()
        assert weight <= HEAVIEST_BYTES, f"{name} weighs {weight} bytes"
        self._open_copy(html, scheme)
        for size, (width, height) in SIZES.items():
            for one in (page, self._checker):
                one.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=self.folder / f"{name}-{size}.png")
            self._check(name, size)
        page.set_viewport_size(before)

    def _open_copy(self, html: str, scheme: Literal["light", "dark"]) -> None:
        def answer(route: Route) -> None:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

        self._checker.emulate_media(color_scheme=scheme)
        self._checker.route(f"**{_COPY}", answer)
        self._checker.goto(_COPY)
        self._checker.unroute(f"**{_COPY}")

    def _check(self, name: str, size: str) -> None:
        beyond = self._checker.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, f"{name} is {beyond} pixels wider than a {size}"
        found = Axe().run(self._checker).response["violations"]
        problems = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]
        assert not problems, f"{name} on a {size}: {problems}"


def styles_weight() -> int:
    """Bytes of the styles on the wire, which every page brings along."""
    return len(gzip.compress((STATIC_FOLDER / "pages.css").read_bytes()))
