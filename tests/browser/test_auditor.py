"""The auditor's desk on a phone too: undone and matched by hand without scripts, words whole."""

import pytest
from playwright.sync_api import Page, expect

from ledger.clock import today
from tests.browser.conftest import SignIn
from tests.browser.screens import Screens
from tests.browser.test_stories import main

#: Lines that figures and the words of names take; a word broken in the middle takes more.
_BROKEN = """all => all.filter(one => {
  const range = document.createRange();
  const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const word of node.data.matchAll(/[A-Za-z0-9.,¥+\\u2212]{3,}/g)) {
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1)
        return true;
    }
  return false;
}).map(one => one.textContent.trim())"""


def test_a_match_is_undone_and_made_again_by_hand(sign_in: SignIn, screens: Screens) -> None:
    auditor = sign_in("auditor", size="desk", scripts=False)
    main(auditor, "link", "天")
    main(auditor, "link", "已对上")
    auditor.get_by_role("main").locator("td.actions a").first.click()
    screens.take(auditor, "auditor-undo-match")
    auditor.get_by_label("撤销理由").fill("不是同一笔")
    main(auditor, "button", "撤销这一组")
    expect(auditor.get_by_role("status")).to_contain_text("已经撤销")
    expect(auditor.get_by_role("table")).to_contain_text("不是同一笔")
    screens.take(auditor, "auditor-matches-undone")
    undone = auditor.locator("tr", has_text="不是同一笔").locator("td a").first.inner_text()
    number = undone.split(" ")[0]

    main(auditor, "link", "差异")
    auditor.get_by_label("截至").fill(today().isoformat())
    main(auditor, "button", "查看")
    line = auditor.get_by_role("row").filter(has_text=f"{number} ").first
    line.locator("td.actions a").click()
    screens.take(auditor, "auditor-by-hand")
    main(auditor, "button", "勾对")
    expect(auditor.get_by_role("alert")).to_contain_text("请至少勾选一行")
    auditor.get_by_role("checkbox").first.check()
    main(auditor, "button", "勾对")
    expect(auditor.get_by_role("status")).to_contain_text("已经勾对")
    expect(auditor.get_by_role("table")).to_contain_text("人工勾对")


@pytest.mark.parametrize("size", ["phone", "desk"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_words_stay_whole_and_figures_on_one_line(
    sign_in: SignIn, screens: Screens, language: str, size: str
) -> None:
    auditor = sign_in("auditor", size=size)
    auditor.goto(f"{auditor.url}?lang={language}&type=large")
    look(auditor, screens, f"accounts-{language}-large")
    sheet = auditor.locator("td.actions a").last.get_attribute("href") or ""
    account = sheet.rpartition("/")[0]
    for page in ("import", "matches", "breaks", "adjustment"):
        auditor.goto(f"{account}/{page}")
        look(auditor, screens, f"{page}-{language}-large")
    auditor.goto("/audit")
    auditor.get_by_role("main").locator("ul.cards a[href^='/estates']").first.click()
    look(auditor, screens, f"trial-balance-{language}-large")
    for address in ("/positions/", "/accounts/", "/entries/"):
        auditor.get_by_role("main").locator(f"a[href*='{address}']").first.click()
        look(auditor, screens, f"{address.strip('/')}-{language}-large")


def look(page: Page, screens: Screens, name: str) -> None:
    """No word of a table or list of facts is broken; the page is as wide as the screen."""
    assert page.locator("th, td, dt, dd, .amount").evaluate_all(_BROKEN) == [], name
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    page.screenshot(path=screens.folder / f"auditor-{name}.png")
