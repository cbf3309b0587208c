"""On paper: the 余额调节表 and the receipt come out on A4 without the frame of the page."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import SignIn
from tests.browser.test_stories import main

A4_WIDTH, A4_HEIGHT = 794, 1123


def test_the_reconciliation_prints_as_one_sheet(sign_in: SignIn) -> None:
    auditor = sign_in("auditor", size="desk")
    main(auditor, "link", "调节表")
    auditor.emulate_media(media="print")
    auditor.set_viewport_size({"width": A4_WIDTH, "height": A4_HEIGHT})
    expect(auditor.get_by_role("banner")).to_be_hidden()
    expect(auditor.get_by_role("article")).to_be_visible()
    folder = Path(__file__).parents[2] / "build" / "screens"
    auditor.screenshot(path=folder / "auditor-adjustment-paper.png")
    paper = auditor.pdf(format="A4")
    assert paper.startswith(b"%PDF")
