"""On paper: reports come out on A4 without the frame of the page, whole, their sums once."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.test_stories import main

A4_WIDTH, A4_HEIGHT = 794, 1123


def on_paper(page: Page) -> None:
    """Show the page as a printer gets it."""
    page.emulate_media(media="print")
    page.set_viewport_size({"width": A4_WIDTH, "height": A4_HEIGHT})
    expect(page.get_by_role("banner")).to_be_hidden()
    for navigation in page.get_by_role("navigation", include_hidden=True).all():
        expect(navigation).to_be_hidden()
    for button in page.locator("button, .button").all():
        expect(button).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    repeated = "all => all.map(one => getComputedStyle(one).display)"
    assert set(page.locator("thead").evaluate_all(repeated)) == {"table-header-group"}
    assert set(page.locator("tfoot").evaluate_all(repeated)) <= {"table-row-group"}
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
    assert page.locator(".table-frame, td, th").evaluate_all(cut) == 0


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_reconciliation_prints_as_one_sheet(sign_in: SignIn, language: str) -> None:
    auditor = sign_in("auditor", size="desk")
    main(auditor, "link", "调节表")
    auditor.goto(f"{auditor.url}?lang={language}")
    on_paper(auditor)
    expect(auditor.get_by_role("article")).to_be_visible()
    folder = Path(__file__).parents[2] / "build" / "screens"
    auditor.screenshot(path=folder / f"auditor-adjustment-paper-{language}.png")
    paper = auditor.pdf(format="A4")
    assert paper.startswith(b"%PDF")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_trial_balance_and_voucher_print_with_whose_they_are(
    sign_in: SignIn, language: str
) -> None:
    auditor = sign_in("auditor", size="desk")
    auditor.goto(f"{auditor.url}?lang={language}")
    auditor.get_by_role("main").locator("ul.cards a[href^='/estates']").first.click()
    name = auditor.locator(".place span").inner_text().split("·")[0].strip()
    on_paper(auditor)
    expect(auditor.locator(".lead")).to_contain_text(name)
    auditor.emulate_media(media="screen")
    for address in ("/positions/", "/accounts/", "/entries/"):
        auditor.get_by_role("main").locator(f"a[href*='{address}']").first.click()
    on_paper(auditor)
    expect(auditor.get_by_role("article")).to_contain_text(name)
