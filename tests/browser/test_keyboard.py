"""Without a mouse and without scripts: the search, filters, downloads, notices, codes."""

import re
import time

import pyotp
from playwright.sync_api import Page, expect

from ops.demo_data.build import Demo
from tests.browser.conftest import SignIn

MOST_STEPS = 80
STEP_SECONDS = 30
#: What a screen reader would say of what has the focus: its label, or its words.
FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels.length ? one.labels[0].textContent : '';
  return (label || one.getAttribute('aria-label') || one.textContent || '').trim();
}"""


def reach(page: Page, words: str, *, whole: bool = True) -> None:
    """Press Tab until something that says this (whole), or at least holds it, has the focus."""
    seen = []
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        seen.append(str(page.evaluate(FOCUSED)))
        if seen[-1] == words or (not whole and words in seen[-1]):
            return
    raise AssertionError(f"{words} is not reached by Tab: {seen}")


def press(page: Page, words: str) -> None:
    """Go to something and press Enter; what it leads to is there afterwards."""
    reach(page, words, whole=False)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_a_voucher_is_looked_for_and_opened(sign_in: SignIn) -> None:
    page = sign_in("trustee", size="desk", scripts=False)
    reach(page, "找什么")
    page.keyboard.type("3600元")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="金额")).to_be_visible()
    press(page, "双签付款")
    expect(page.get_by_role("heading", level=1)).to_have_text("凭证")
    press(page, "试算平衡表")
    expect(page.get_by_role("heading", level=1)).to_have_text("试算平衡表")


def test_a_statement_is_filtered_corrected_and_taken_away(sign_in: SignIn) -> None:
    page = sign_in("auditor", size="desk", scripts=False)
    page.goto(str(page.locator("main td a:has(.amount)").first.get_attribute("href")))
    reach(page, "筛选")
    page.keyboard.press("Enter")
    reach(page, "最少金额")
    page.keyboard.type("many")
    press(page, "显示")
    expect(page.get_by_role("alert")).to_contain_text("先不显示结果")
    expect(page.locator("table")).to_have_count(0)
    reach(page, "最少金额")
    page.keyboard.type("1000")  # Tab has selected what was there
    press(page, "显示")
    expect(page.get_by_role("alert")).to_have_count(0)
    for kind in ("CSV", "XLSX", "PDF"):
        reach(page, kind)
        with page.expect_download() as taken:
            page.keyboard.press("Enter")
        name = rf"statement-TR-1002(-\d{{4}}-\d\d-\d\d){{2}}\.{kind.lower()}"
        assert re.fullmatch(name, taken.value.suggested_filename)
        assert taken.value.failure() is None


def test_notices_and_approvals_are_read(sign_in: SignIn) -> None:
    page = sign_in("volunteer", scripts=False)
    page.goto("/account/notices")
    press(page, "全部标为已读")
    expect(page.locator("li.new")).to_have_count(0)
    committee = sign_in("committee", scripts=False)
    press(committee, "两人审批")
    expect(committee.get_by_role("heading", level=1)).to_have_text("两人审批")
    press(committee, "已了结")
    press(committee, "付款")
    expect(committee.get_by_role("heading", level=1)).to_have_text("付款")


def password_of(demo: Demo, name: str) -> str:
    return next(one.password for one in demo.sign_ins if one.sign_in_name == name)


def test_a_second_factor_is_set_up_used_and_given_up(sign_in: SignIn, demo: Demo) -> None:
    page = sign_in("resident", scripts=False)
    page.goto("/account/security")
    press(page, "设置第二重验证")
    typed = page.locator(".secret-text").inner_text().replace(" ", "")
    codes = pyotp.TOTP(typed)
    reach(page, "验证码")
    page.keyboard.type(codes.now())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    again = sign_in(None, scripts=False)
    reach(again, "账号")
    again.keyboard.type("resident")
    reach(again, "密码")
    again.keyboard.type(password_of(demo, "resident"))
    with again.expect_navigation():
        again.keyboard.press("Enter")
    expect(again.get_by_role("heading", level=1)).to_have_text("第二重验证")
    reach(again, "验证码")
    again.keyboard.type(codes.at(time.time() + STEP_SECONDS))  # a code counts once
    with again.expect_navigation():
        again.keyboard.press("Enter")
    again.goto("/account/security")
    expect(again.get_by_role("main")).to_contain_text("已启用")
    press(again, "停用第二重验证")
