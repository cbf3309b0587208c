"""Homes, statements, search, notices and the style guide in a browser; figures lead to vouchers."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.screens import SIZES, Screens

HOMES = (
    *("volunteer", "party", "resident", "guardian", "merchant", "partner", "staff", "secretary"),
    *("subdistrict", "accountant", "trustee", "committee", "supervisor", "owner", "auditor"),
    "admin",
)
#: Who may read vouchers, and so gets from each figure of a home to one.
READERS = ("volunteer", "trustee", "committee", "supervisor", "owner", "auditor")
VOUCHER = re.compile(r"/(?:entries|vouchers)/[0-9a-f-]{36}$")
STEPS = 3
FIGURES_TRIED = 6
LINKS = """() => [...document.querySelectorAll('main a[href]')].map(a => a.getAttribute('href'))"""
# A figure of nothing has no voucher, nor has what is still missing to the next star (a note).
FIGURES = """() => [...document.querySelectorAll('main a[href]')]
  .filter(a => a.closest('.amount') || [...a.querySelectorAll('.amount')]
    .some(figure => !figure.closest('.note') && /[1-9]/.test(figure.textContent)))
  .map(a => a.getAttribute('href'))"""


@pytest.mark.parametrize("name", HOMES)
def test_each_home_passes_at_both_sizes_and_in_the_dark(
    sign_in: SignIn, screens: Screens, name: str
) -> None:
    page = sign_in(name, scripts=False)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    screens.take(page, f"home-{name}")
    page.emulate_media(color_scheme="dark")
    screens.take(page, f"home-{name}-dark", scheme="dark")


@pytest.mark.parametrize("name", READERS)
def test_every_figure_of_a_home_leads_to_a_voucher_in_three_steps(
    sign_in: SignIn, name: str
) -> None:
    page = sign_in(name, size="desk", scripts=False)
    links = _reader_of(page)
    figures = list(dict.fromkeys(page.evaluate(FIGURES)))[:FIGURES_TRIED]
    assert figures, page.url
    for figure in figures:
        assert _steps_to_voucher(figure, links) <= STEPS, figure


def _reader_of(page: Page) -> Callable[[str], list[str]]:
    known: dict[str, list[str]] = {}

    def links(path: str) -> list[str]:
        if path not in known:
            page.goto(path)
            found = page.evaluate(LINKS)
            known[path] = [one for one in found if one.startswith("/") and "lang=" not in one]
        return known[path]

    return links


def _steps_to_voucher(figure: str, links: Callable[[str], list[str]]) -> int:
    """Steps from a figure to the nearest voucher; the first step is the figure itself."""
    front, steps = [figure], 1
    while steps <= STEPS:
        if any(VOUCHER.search(path) for path in front):
            return steps
        front = [path for one in front[:FIGURES_TRIED] for path in links(one)]
        steps += 1
    return steps


def test_a_statement_is_filtered_without_scripts_and_says_what_is_wrong(
    sign_in: SignIn, screens: Screens
) -> None:
    page = sign_in("auditor", size="desk", scripts=False)
    page.locator("main td a:has(.amount)").first.click()
    screens.take(page, "statement")
    page.locator("summary").first.click()
    page.get_by_label("最少金额").fill("many")
    page.get_by_role("button", name="显示").click()
    expect(page.get_by_role("alert")).to_contain_text("不能用")
    expect(page.get_by_label("最少金额")).to_have_value("many")
    screens.take(page, "statement-refused")
    page.get_by_label("最少金额").fill("1000")
    page.get_by_role("button", name="显示").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.emulate_media(color_scheme="dark")
    screens.take(page, "statement-dark", scheme="dark")


@pytest.mark.parametrize("size", SIZES)
def test_a_member_narrows_her_statement_takes_it_along_and_opens_who_signed(
    sign_in: SignIn, screens: Screens, size: str
) -> None:
    page = sign_in("volunteer", size=size, scripts=False)
    page.get_by_role("link", name=re.compile("^时间")).first.click()
    lines = page.locator("main .ledger > li")
    everything = lines.count()
    page.locator("summary").first.click()
    page.get_by_label("业务").select_option(label="时间换积分")
    page.get_by_role("button", name="显示").click()
    assert 0 < lines.count() < everything
    expect(lines.locator(".what")).to_have_text(["时间换积分"] * lines.count())
    screens.take(page, f"member-statement-{size}")
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert re.fullmatch(r"shijian(-\d{4}-\d\d-\d\d){2}\.csv", taken.value.suggested_filename)
    page.locator("summary").first.click()
    page.get_by_role("link", name="清除条件").click()
    lines.filter(has_text="服务时间生效").first.get_by_role("link").click()
    for act in ("登记", "核验"):
        expect(page.locator("dt", has_text=re.compile(f"^{act}$"))).to_have_count(1)


def test_the_search_is_reached_by_its_key_and_finds_an_amount(
    sign_in: SignIn, screens: Screens
) -> None:
    page = sign_in("trustee", size="desk")
    page.keyboard.press("/")
    page.keyboard.type("¥3,600.00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="金额")).to_be_visible()
    assert page.locator("main ul.ledger a").count() > 0
    screens.take(page, "search")
    page.locator("main ul.ledger a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("凭证")
    screens.take(page, "voucher-of-estate")


def test_notices_and_own_things_pass_in_large_type_and_english(
    sign_in: SignIn, screens: Screens
) -> None:
    page = sign_in("volunteer", scripts=False)
    page.goto("/account")
    screens.take(page, "account")
    page.goto("/account/notices?type=large")
    screens.take(page, "notices-large")
    page.goto("/account/notices?type=normal&lang=en")
    screens.take(page, "notices-english")


def test_the_style_guide_passes_in_both_schemes(sign_in: SignIn, screens: Screens) -> None:
    page = sign_in(None, scripts=False)
    page.goto("/styleguide")
    screens.take(page, "styleguide")
    page.emulate_media(color_scheme="dark")
    screens.take(page, "styleguide-dark", scheme="dark")
    page.goto("/styleguide?type=large&lang=en")
    screens.take(page, "styleguide-large-english")
