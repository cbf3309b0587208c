"""The three stories: a volunteer earns and sees it, a merchant takes points, an auditor reconciles.

Volunteer and merchant do it without JavaScript, as an old phone would.
"""

import re
from pathlib import Path

from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from ledger.clock import today
from ops.demo_data.build import Demo
from tests.browser.conftest import SignIn
from tests.browser.screens import Screens

EIGHT_DIGITS = re.compile(r"\d{4} \d{4}")


def main(page: Page, role: str, name: str) -> None:
    """Press a button or follow a link of the page itself."""
    page.get_by_role("main").get_by_role(role, name=name).first.click()


def way(page: Page, name: str) -> None:
    """Go one of the ways of the navigation."""
    page.get_by_role("navigation", name="主要功能").get_by_role("link", name=name).click()


def test_volunteer_earns_minutes_and_sees_them(
    sign_in: SignIn, screens: Screens, unique: str
) -> None:
    volunteer = sign_in("volunteer", scripts=False)
    expect(volunteer.get_by_role("heading", level=1)).to_contain_text("你好")
    screens.take(volunteer, "volunteer-home")

    way(volunteer, "服务")
    main(volunteer, "link", "登记服务")
    volunteer.get_by_label("类别").select_option(label="协助服务")
    volunteer.get_by_label("做了什么").fill(f"陪李奶奶去医院 {unique}")
    volunteer.get_by_label("地点").fill("人民医院")
    volunteer.get_by_label("几点开始").fill("00:20")
    volunteer.get_by_label("几点结束").fill("00:05")
    main(volunteer, "button", "提交登记")
    expect(volunteer.get_by_role("alert")).to_contain_text("结束时间要晚于开始时间")
    expect(volunteer.get_by_label("做了什么")).to_have_value(f"陪李奶奶去医院 {unique}")
    screens.take(volunteer, "volunteer-record-form-wrong")
    day = volunteer.get_by_label("哪一天").get_attribute("min")
    volunteer.get_by_label("哪一天").fill(str(day))
    volunteer.get_by_label("几点开始").fill("09:00")
    volunteer.get_by_label("几点结束").fill("10:30")
    main(volunteer, "button", "提交登记")
    expect(volunteer.get_by_role("status")).to_contain_text("已登记")
    screens.take(volunteer, "volunteer-records")

    for colleague in ("staff", "recorder"):  # so long ago that two people verify it
        verify(sign_in(colleague), screens, unique)

    way(volunteer, "首页")
    expect(volunteer.get_by_role("main")).to_contain_text("待生效")
    screens.take(volunteer, "volunteer-home-pending")


def verify(staff: Page, screens: Screens, unique: str) -> None:
    """Find the record on the to-do list and verify it."""
    screens.take(staff, "staff-todo")
    main(staff, "link", unique)
    screens.take(staff, "staff-record")
    main(staff, "button", "核验通过")
    expect(staff.get_by_role("status")).to_be_visible()


def test_volunteer_turns_hours_into_points(sign_in: SignIn, screens: Screens) -> None:
    volunteer = sign_in("volunteer", scripts=False)
    volunteer.get_by_role("link", name="时间换积分", exact=True).click()
    volunteer.get_by_label("换多少小时").fill("很多")
    main(volunteer, "button", "算一算")
    expect(volunteer.get_by_role("alert")).to_contain_text("很多")
    volunteer.get_by_label("换多少小时").fill("1.5")
    main(volunteer, "button", "算一算")
    expect(volunteer.get_by_role("main")).to_contain_text("1小时30分钟")
    screens.take(volunteer, "volunteer-convert-check")
    main(volunteer, "button", "确认兑换")
    expect(volunteer.get_by_role("heading", level=1)).to_have_text("换好了")
    main(volunteer, "link", "看凭证")
    expect(volunteer.get_by_role("main")).to_contain_text("TB11")
    screens.take(volunteer, "volunteer-voucher")
    way(volunteer, "明细")
    expect(volunteer.get_by_role("link", name="时间换积分").first).to_be_visible()
    screens.take(volunteer, "volunteer-statement")


def test_merchant_takes_points(sign_in: SignIn, screens: Screens) -> None:
    volunteer = sign_in("volunteer", scripts=False)
    main(volunteer, "button", "出示兑换码")
    digits = EIGHT_DIGITS.search(volunteer.get_by_role("main").inner_text())
    assert digits is not None
    screens.take(volunteer, "volunteer-code")

    merchant = sign_in("merchant", scripts=False)
    screens.take(merchant, "merchant-accept")
    offer(merchant, "1234 5678" if digits[0] != "1234 5678" else "8765 4321", "2.5")
    expect(merchant.get_by_role("alert")).to_contain_text("没有扣除任何积分")
    screens.take(merchant, "merchant-refused")
    expect(merchant.get_by_label("收多少积分")).to_have_value("2.5")
    offer(merchant, digits[0], "两块五")
    expect(merchant.get_by_label("兑换码")).to_have_value(digits[0])
    offer(merchant, digits[0], "2.5")
    expect(merchant.get_by_role("main")).to_contain_text(re.compile(r"会员 .\* 收取"))
    screens.take(merchant, "merchant-confirm")
    main(merchant, "button", "确认收取")
    expect(merchant.get_by_role("status")).to_contain_text("已收取")
    screens.take(merchant, "merchant-receipt")

    main(merchant, "link", "今天的收入")
    screens.take(merchant, "merchant-today")
    main(merchant, "link", "2.50")
    main(merchant, "link", "退回积分")
    main(merchant, "button", "确认退回")
    expect(merchant.get_by_role("status")).to_contain_text("已退回")


def offer(merchant: Page, code: str, amount: str) -> None:
    """Fill in the form of the counter and send it."""
    merchant.get_by_label("兑换码").fill(code)
    merchant.get_by_label("收多少积分").fill(amount)
    main(merchant, "button", "下一步")


def test_a_cancelled_sale_takes_nothing(sign_in: SignIn) -> None:
    volunteer = sign_in("volunteer")
    main(volunteer, "button", "出示兑换码")
    digits = EIGHT_DIGITS.search(volunteer.get_by_role("main").inner_text())
    assert digits is not None
    merchant = sign_in("merchant")
    offer(merchant, digits[0], "1")
    main(merchant, "button", "取消，不收")
    expect(merchant.get_by_role("main")).to_contain_text("没有扣除任何积分")


def test_auditor_imports_a_statement_and_gets_the_reconciliation(
    sign_in: SignIn, screens: Screens, demo: Demo, tmp_path: Path
) -> None:
    auditor = sign_in("auditor", size="desk")
    screens.take(auditor, "auditor-accounts")
    main(auditor, "link", "导入")

    wrong = tmp_path / "not-a-statement.csv"
    wrong.write_text("hello,world\n1,2\n")
    upload(auditor, wrong)
    expect(auditor.get_by_role("alert")).to_contain_text("这个文件一行也没有存")
    screens.take(auditor, "auditor-import-refused")
    upload(auditor, demo.files[0])
    expect(auditor.get_by_role("status")).to_contain_text("导入了")
    screens.take(auditor, "auditor-import-result")
    main(auditor, "link", "导入对账单")
    upload(auditor, demo.files[0])
    expect(auditor.get_by_role("status")).to_contain_text("没有重复存")

    main(auditor, "link", "差异")
    screens.take(auditor, "auditor-breaks")
    main(auditor, "link", "已对上")
    screens.take(auditor, "auditor-matches")
    main(auditor, "link", "余额调节表")
    expect(auditor.get_by_role("status")).to_contain_text("两边调节后余额相等")
    screens.take(auditor, "auditor-adjustment")
    with auditor.expect_download() as download:
        main(auditor, "link", "下载 XLSX")
    workbook = CalamineWorkbook.from_path(str(download.value.path()))
    assert workbook.sheet_names == ["银行存款余额调节表"]


def upload(auditor: Page, path: Path) -> None:
    """Choose a file and send it."""
    auditor.get_by_label("银行对账单文件").set_input_files(path)
    main(auditor, "button", "上传并核对")


def test_auditor_goes_from_a_figure_to_its_voucher_in_three_steps(
    sign_in: SignIn, screens: Screens
) -> None:
    auditor = sign_in("auditor", size="desk")
    main(auditor, "link", "共管账户账")
    expect(auditor.get_by_role("main")).to_contain_text("借贷相等")
    screens.take(auditor, "auditor-trial-balance")
    main(auditor, "link", "共管账户存款")
    auditor.get_by_role("table").get_by_role("link").first.click()
    screens.take(auditor, "auditor-account")
    auditor.get_by_role("table").get_by_role("link").first.click()
    expect(auditor.get_by_role("heading", level=1)).to_have_text("凭证")
    screens.take(auditor, "auditor-voucher")
    auditor.get_by_role("main").get_by_role("link", name=re.compile("^TR")).click()
    expect(auditor.get_by_role("heading", level=1)).to_have_text("会计分录手册")
    screens.take(auditor, "auditor-rules")


def test_staff_and_secretary_run_the_star_month(sign_in: SignIn, screens: Screens) -> None:
    secretary = sign_in("secretary", scripts=False)
    main(secretary, "link", "支部书记")
    way(secretary, "星级积分")
    screens.take(secretary, "stars-branches")
    main(secretary, "link", f"{today().year}年{today().month}月")
    secretary.get_by_label("党员", exact=True).select_option(index=1)
    secretary.get_by_label("事项", exact=True).select_option(index=1)
    secretary.get_by_label("依据", exact=True).fill("签到表第 3 行")
    main(secretary, "button", "提出事项")
    expect(secretary.get_by_role("status")).to_contain_text("已提出")
    screens.take(secretary, "stars-month")

    staff = sign_in("staff", scripts=False)
    way(staff, "星级积分")
    main(staff, "link", f"{today().year}年{today().month}月")
    main(staff, "button", "同意")
    expect(staff.get_by_role("status")).to_contain_text("已同意")
