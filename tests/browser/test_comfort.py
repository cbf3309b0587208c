"""Small phones and large type: no button lies under the bar, the keypad is there, a code renews."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.screens import Screens

EIGHT_DIGITS = re.compile(r"\d{4} \d{4}")
#: Everything in the page that can be pressed or filled in and lies under something else once the
#: page was scrolled to it.
COVERED = """() => {
  const found = [];
  for (const one of document.querySelectorAll('main a, main button, main input, main select')) {
    if (one.closest('details:not([open]) > :not(summary)')) continue;
    one.scrollIntoView({block: 'nearest'});
    for (const box of one.getClientRects()) {
      const x = box.left + box.width / 2, y = box.top + box.height - 2;
      const top = document.elementFromPoint(x, y);
      if (top && top.closest('.main-nav')) found.push(one.outerHTML.slice(0, 120));
    }
  }
  return found;
}"""
AT_THE_END = """() => {
  scrollTo(0, document.documentElement.scrollHeight);
  const bar = document.querySelector('.main-nav').getBoundingClientRect();
  const foot = document.querySelector('.foot').getBoundingClientRect();
  return foot.bottom - bar.top;
}"""


def larger(page: Page, language: str) -> None:
    """Change type and language, and go on from home."""
    page.goto(f"/sign-in?lang={language}&type=large")
    page.goto("/")


def look(page: Page, path: str) -> None:
    """Nothing of the page lies under the bar of the phone."""
    page.goto(path)
    assert page.evaluate(COVERED) == [], path
    assert page.evaluate(AT_THE_END) <= 1, path


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("volunteer", ["", "/code", "/records", "/records/new", "/convert", "/statement/SP"]),
        ("merchant", ["", "/today"]),
        ("staff", ["", "/stars"]),
        ("guardian", ["", "/records"]),
    ],
)
def test_nothing_lies_under_the_bar(
    sign_in: SignIn, name: str, paths: list[str], language: str
) -> None:
    page = sign_in(name)
    home = page.url
    for path in paths:
        look(page, home + path)
    larger(page, language)
    for path in paths:
        look(page, home + path)


def test_the_button_that_decides_is_never_under_the_bar(sign_in: SignIn) -> None:
    staff = sign_in("staff")
    larger(staff, "zh-CN")
    record = staff.locator("[aria-labelledby=verify] ul.ledger a").first.get_attribute("href")
    look(staff, str(record))
    staff.get_by_role("button", name="核验通过").scroll_into_view_if_needed()
    position = "getComputedStyle(document.querySelector('.main-nav')).position"
    assert staff.evaluate(position) == "static"


def test_the_keypad_of_the_counter_is_there_on_a_phone(sign_in: SignIn, screens: Screens) -> None:
    merchant = sign_in("merchant")
    pad = merchant.get_by_role("group", name="数字键盘")
    expect(pad).to_be_visible()
    for key in "48210937":
        pad.get_by_role("button", name=key, exact=True).click()
    expect(merchant.get_by_label("兑换码")).to_have_value("48210937")
    merchant.get_by_label("收多少积分").focus()
    for key in ("2", ".", "5", "5"):
        pad.get_by_role("button", name=key, exact=True).click()
    pad.get_by_role("button", name="删一位").click()
    expect(merchant.get_by_label("收多少积分")).to_have_value("2.5")
    send = merchant.get_by_role("button", name="下一步")
    box = send.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    screens.take(merchant, "merchant-keypad")


def test_a_code_renews_itself_after_its_minute(sign_in: SignIn) -> None:
    volunteer = sign_in("volunteer")
    volunteer.clock.install(time=datetime.now(UTC))
    volunteer.get_by_role("main").get_by_role("button", name="出示兑换码").click()
    first = EIGHT_DIGITS.search(volunteer.get_by_role("main").inner_text())
    assert first is not None
    volunteer.clock.run_for(61_000)
    expect(volunteer.locator(".digits")).not_to_have_text(first[0])
    expect(volunteer.locator(".digits")).to_have_text(EIGHT_DIGITS)


def test_a_refused_page_has_the_navigation_and_a_way_back(
    sign_in: SignIn, screens: Screens
) -> None:
    volunteer = sign_in("volunteer", scripts=False)
    home = volunteer.url
    volunteer.goto(home.replace("/volunteer", "/staff"))
    expect(volunteer.get_by_role("alert")).to_contain_text("你的身份不能办这件事")
    screens.take(volunteer, "refused-page")
    volunteer.get_by_role("navigation", name="主要功能").get_by_role("link", name="首页").click()
    expect(volunteer).to_have_url(home)


def test_english_fits_the_smallest_phones(sign_in: SignIn) -> None:
    page = sign_in("volunteer")
    home = page.url
    page.goto(f"{home}?lang=en")
    head = page.get_by_role("banner").bounding_box()
    assert head is not None
    assert head["height"] < 80, "the mark and the three ways stand in one row"
    larger(page, "en")
    page.set_viewport_size({"width": 320, "height": 700})
    for path in ("", "/records", "/records/new", "/statement/TB"):
        page.goto(home + path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
