"""Walk from a page to every page that its links lead to, one of each shape."""

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from api.web.rendering import LANGUAGE_COOKIE
from tests.browser.screens import HEAVIEST_BYTES, SIZES, styles_weight

#: Pages of the same shape differ in what they are about only.
OF_EACH_SHAPE = 1
_LINKS = "() => [...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"
_FILE = re.compile(r"\.(csv|xlsx|pdf|json|zip)$|/files/[^/]+$")
_OBJECT = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d{2}(-\d{2})?|\b\d+\b|(?<=/jobs/)\w+")
#: Places in a list make no other page; choices of the reader would be kept for all pages after.
_PLACES = frozenset({"after", "before"})
_CHOICES = frozenset({"lang", "type"})
#: Two words of English in a row; codes, names of files and addresses have none.
_ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,}\b")
_LEFT_OVER = re.compile(r"\bNone\b|\{[a-z_]*\}|\bnan\b|Undefined|<[a-z]+ ")
_WIDER = "document.documentElement.scrollWidth - innerWidth"
_LARGE = "large => document.documentElement.classList.toggle('large', large)"
#: Narrow phones are in use as well; English words are the longest.
_NARROW = {"narrow phone": (320, 640)}
_VIOLATIONS: dict[str, Any] = {"resultTypes": ["violations"]}
_WORDS = """() => {
  const copy = document.querySelector('main').cloneNode(true);
  for (const one of copy.querySelectorAll('[lang=en], .code, code, input, textarea')) one.remove();
  return copy.innerText;
}"""


class Visited(NamedTuple):
    """A page and what is wrong with it; nothing, where it is as it should be."""

    path: str
    shape: str
    faults: Sequence[str]


def shape_of(path: str) -> str:
    """The address without what it is about: ids, days and numbers."""
    parts = urlsplit(path)
    names = sorted(_names(path) - _PLACES)
    return _OBJECT.sub("*", parts.path) + (f"?{'&'.join(names)}" if names else "")


def _names(path: str) -> set[str]:
    return {name for name, _ in parse_qsl(urlsplit(path).query)}


def crawl(page: Page, starts: Sequence[str], read: set[str]) -> Iterator[Visited]:
    """Visit what is reachable; the page shows what was visited last while it is handed out.

    ``read`` are the shapes that axe has read, in this walk and those before; it reads each once.
    """
    waiting = deque(starts)
    known, looked = set(starts), Counter[str]()
    while waiting:
        path = waiting.popleft()
        shape = shape_of(path)
        if looked[shape] >= OF_EACH_SHAPE:
            continue
        looked[shape] += 1
        if _FILE.search(urlsplit(path).path):
            answer = page.request.get(path)
            yield Visited(path, shape, [] if answer.ok else [f"status {answer.status}"])
            continue
        faults = _too_wide_in_english(page, path) + _visit(page, path)
        if shape not in read:
            read.add(shape)
            faults += _read_by_axe(page)
        for link in page.evaluate(_LINKS):
            onward = link.split("#", 1)[0]
            ours = onward.startswith("/") and not _names(onward) & _CHOICES
            if ours and onward not in known:
                known.add(onward)
                waiting.append(onward)
        yield Visited(path, shape, faults)


def _visit(page: Page, path: str) -> list[str]:
    answer = page.goto(path)
    assert answer is not None
    if answer.status != 200:
        return [f"status {answer.status}"]
    faults = []
    weight = len(answer.body()) + styles_weight()
    if weight > HEAVIEST_BYTES:
        faults.append(f"{weight} bytes")
    if (count := page.locator("h1").count()) != 1:
        faults.append(f"{count} headings of the first order")
    words = str(page.evaluate(_WORDS))
    faults += [f"left over: {found}" for found in _LEFT_OVER.findall(words)]
    if page.locator("html").get_attribute("lang") == "zh-CN":
        faults += [f"English: {found}" for found in set(_ENGLISH.findall(words))]
    return faults + _too_wide(page)


def _too_wide_in_english(page: Page, path: str) -> list[str]:
    """The widths alone: what else there is to find is found in Chinese."""
    place = {"domain": urlsplit(page.url).hostname or "", "path": "/"}
    page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": "en", **place}])
    page.goto(path)
    is_english = page.locator("html").get_attribute("lang") == "en"
    faults = _too_wide(page) if is_english else ["it has no English"]
    page.context.clear_cookies(name=LANGUAGE_COOKIE)
    return [f"in English {fault}" for fault in faults]


def _too_wide(page: Page) -> list[str]:
    """Where it scrolls sideways, in large and in ordinary type."""
    faults = []
    for large in (True, False):
        page.evaluate(_LARGE, large)
        for size, (width, height) in (_NARROW | SIZES).items():
            page.set_viewport_size({"width": width, "height": height})
            if (beyond := page.evaluate(_WIDER)) > 0:
                kind = "large type" if large else "ordinary type"
                faults.append(f"{beyond} pixels wider than a {size} in {kind}")
    return faults


def _read_by_axe(page: Page) -> list[str]:
    """By all its rules in the light; in the dark by the one that colours are about."""
    found = Axe().run(page, options=_VIOLATIONS).response["violations"]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")  # no colour is on its way
    dark = Axe().run(page, options={**_VIOLATIONS, "runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    return [
        f"{one['id']}{scheme}: {one['nodes'][0]['html'][:160]}"
        for scheme, violations in (("", found), (" in the dark", dark.response["violations"]))
        for one in violations
    ]
