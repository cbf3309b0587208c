"""The pictures of the README, taken from a demo that runs: `make demo`, then `make pictures`.

    python -m tests.browser.pictures [http://127.0.0.1:8000]

Who signs in how is read from the demo's record in GONGZHANG_DATA_DIR. Look at each picture before
it is committed.
"""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from ledger.settings import read_settings
from ops.demo_data.record import read_record
from tests.browser.conftest import launched_browser
from tests.browser.test_stories import EIGHT_DIGITS, offer
from tests.browser.test_stories import main as press

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
PHONE, DESK = (390, 844), (1200, 820)
_COLOURS = 128
_AMOUNT = "12.5"


class Photographer:
    """Signs people in and takes their pages."""

    def __init__(self, browser: Browser, url: str, passwords: dict[str, str]) -> None:
        self._browser = browser
        self._url = url
        self._passwords = passwords

    @contextmanager
    def signed_in(self, name: str, size: tuple[int, int]) -> Iterator[Page]:
        """The first page of one of the people of the demo."""
        context = self._browser.new_context(
            base_url=self._url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": size[0], "height": size[1]},
        )
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("账号").fill(name)
        page.get_by_label("密码").fill(self._passwords[name])
        press(page, "button", "登录")
        page.wait_for_url(lambda address: "/sign-in" not in address)
        yield page
        context.close()


def take(page: Page, name: str, *, whole: bool = False) -> None:
    """Keep the page as a small picture; `whole`: as far as it reaches, not what fits the window."""
    page.wait_for_load_state("networkidle")
    taken = Image.open(BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    taken.quantize(_COLOURS, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)
    print(PICTURES / f"{name}.png")


def take_phones(people: Photographer) -> None:
    """Volunteer, merchant, staff and owner."""
    with people.signed_in("volunteer", PHONE) as volunteer:
        take(volunteer, "volunteer-home")
        press(volunteer, "button", "出示兑换码")
        digits = EIGHT_DIGITS.search(volunteer.get_by_role("main").inner_text())
        assert digits is not None, "the page shows eight digits"
        take(volunteer, "volunteer-code")
    with people.signed_in("merchant", PHONE) as merchant:
        offer(merchant, digits[0], _AMOUNT)
        take(merchant, "merchant-confirm")
        press(merchant, "button", "确认收取")
        take(merchant, "merchant-receipt")
    for name, picture in (("staff", "staff-todo"), ("owner", "owner-home")):
        with people.signed_in(name, PHONE) as page:
            take(page, picture)


def take_desks(people: Photographer) -> None:
    """What the auditor reads."""
    with people.signed_in("auditor", DESK) as auditor:
        take(auditor, "auditor-accounts")
        row = auditor.get_by_role("main").get_by_role("row").last
        row.get_by_role("link", name=re.compile(r"\d+ 天")).click()
        take(auditor, "auditor-breaks")
        tabs = auditor.get_by_role("navigation")
        tabs.get_by_role("link", name="余额调节表").click()
        take(auditor, "adjustment-statement", whole=True)
        tabs.get_by_role("link", name="试算平衡").click()
        take(auditor, "trial-balance")


def main() -> int:
    """Take all of them; 1 where no finished demo is on record."""
    record = read_record(read_settings().data_path())
    if record is None or not record.finished:
        print("No demo is on record here. Run: make demo", file=sys.stderr)
        return 1
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    passwords = {one.sign_in_name: one.password for one in record.sign_ins}
    with launched_browser() as browser:
        people = Photographer(browser, url, passwords)
        take_phones(people)
        take_desks(people)
    return 0


if __name__ == "__main__":
    sys.exit(main())
