"""What holds on every page: signing in and out, language, type size, errors, scripts that help."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.screens import Screens


def test_sign_in_says_what_is_wrong_and_keeps_the_name(sign_in: SignIn, screens: Screens) -> None:
    page = sign_in(None, scripts=False)
    screens.take(page, "sign-in")
    page.get_by_label("账号").fill("volunteer")
    page.get_by_label("密码").fill("not the password")
    page.get_by_role("main").get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("账号或密码不对")
    expect(page.get_by_label("账号")).to_have_value("volunteer")
    expect(page.get_by_label("密码")).to_have_value("")


def test_signing_out_ends_the_session(sign_in: SignIn) -> None:
    page = sign_in("volunteer", scripts=False)
    home = page.url
    page.goto("/account")  # on a phone the head has no room for it
    page.get_by_role("main").get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("status")).to_contain_text("已经退出")
    page.goto(home)
    expect(page).to_have_url(re.compile("/sign-in"))


def test_language_and_type_size_are_remembered(sign_in: SignIn, screens: Screens) -> None:
    page = sign_in("volunteer", scripts=False)
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Statement").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    screens.take(page, "volunteer-statement-english")
    page.get_by_role("link", name="中文").click()
    page.get_by_role("link", name="换成大字版").click()
    page.goto("/")
    expect(page.locator("html")).to_have_class("large")
    screens.take(page, "volunteer-home-large")


def test_what_is_missing_or_forbidden_is_a_page_with_a_number(
    sign_in: SignIn, screens: Screens
) -> None:
    page = sign_in("volunteer", scripts=False)
    answer = page.goto("/no-such-page")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("contentinfo")).to_contain_text(answer.headers["x-request-id"])
    screens.take(page, "error-missing")
    answer = page.goto("/audit")
    assert answer is not None
    assert answer.status == 403


def test_a_form_of_another_session_is_refused(sign_in: SignIn) -> None:
    page = sign_in("merchant", size="desk")
    page.evaluate("document.querySelector('[name=form_token]').value = 'forged'")
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("alert")).to_contain_text("没有任何变动")


def test_a_person_with_several_places_chooses(sign_in: SignIn, screens: Screens) -> None:
    page = sign_in("secretary", scripts=False)
    screens.take(page, "chooser")
    page.get_by_role("link", name="业委会").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("待办")
    page.get_by_role("link", name="换身份").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("你好")


def test_the_code_counts_down_and_the_keypad_types(sign_in: SignIn, screens: Screens) -> None:
    volunteer = sign_in("volunteer")
    volunteer.clock.install(time="2031-05-01T00:00:00Z")  # a phone whose clock is wrong
    volunteer.get_by_role("button", name="出示兑换码").click()
    expect(volunteer.get_by_role("timer")).to_contain_text("还剩")
    merchant = sign_in("merchant", size="desk")
    pad = merchant.get_by_role("group", name="数字键盘")
    for key in ("4", "8", "删一位", "2"):
        pad.get_by_role("button", name=key, exact=True).click()
    expect(merchant.get_by_label("兑换码")).to_have_value("42")


def test_dark_scheme_passes_as_well(sign_in: SignIn, screens: Screens) -> None:
    for name, picture in (("volunteer", "volunteer-home-dark"), ("auditor", "auditor-dark")):
        page = sign_in(name)
        page.emulate_media(color_scheme="dark")
        screens.take(page, picture, scheme="dark")


def test_everything_is_reached_by_keyboard(sign_in: SignIn) -> None:
    page = sign_in("volunteer")
    page.bring_to_front()
    page.keyboard.press("Tab")
    # Not to_be_focused(): that also asks whether the window is active, which a machine without a
    # screen may deny.
    assert _focused(page) == "跳到正文"
    page.keyboard.press("Enter")
    for _ in range(12):
        page.keyboard.press("Tab")
        if _focused(page) == "出示兑换码":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("出示兑换码")


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent")).strip()
