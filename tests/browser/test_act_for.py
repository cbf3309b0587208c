"""The desk's story: points held for a member who called, a service written down for two, both told;
on a phone and at a desk, without scripts."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from ledger.clock import today
from ops.demo_data.build import Demo
from tests.browser.conftest import SignIn
from tests.browser.screens import Screens
from tests.browser.test_stories import main, way

#: Early, so that nobody of the demo serves then; each size at its own time.
HOURS = {"phone": ("05:10", "05:20"), "desk": ("05:30", "05:40")}


def ground(page: Page, how: str, why: str) -> None:
    """How it was asked for, and what shows it."""
    page.get_by_label("怎么委托的").select_option(label=how)
    page.get_by_label("依据").fill(why)


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_staff_act_and_record_in_a_members_place_and_she_reads_it(
    sign_in: SignIn, screens: Screens, demo: Demo, unique: str, size: str
) -> None:
    members = [one.member for one in demo.district.programmes[0].members]
    number, other = members[0].volunteer_no, members[5].volunteer_no
    staff = sign_in("staff", size=size, scripts=False)
    way(staff, "待办")
    main(staff, "link", "代办")
    screens.take(staff, f"act-for-find-{size}")
    staff.get_by_label("找人").fill(number)
    main(staff, "button", "查找")
    main(staff, "link", number)
    here = staff.url
    screens.take(staff, f"act-for-{size}")

    main(staff, "link", "在商户兑换")
    staff.get_by_label("在哪家商户").select_option(index=1)
    staff.get_by_label("多少积分").fill("99999")
    ground(staff, "电话委托", f"来电 {unique}")
    main(staff, "button", "下一步")
    expect(staff.get_by_role("alert")).to_contain_text("可用积分不够")
    expect(staff.get_by_label("依据")).to_have_value(f"来电 {unique}")
    screens.take(staff, f"act-for-wrong-{size}")
    staff.get_by_label("多少积分").fill("1")
    main(staff, "button", "下一步")
    expect(staff.get_by_role("main")).to_contain_text(f"电话委托：来电 {unique}")
    screens.take(staff, f"act-for-check-{size}")
    main(staff, "button", "改一改")
    expect(staff.get_by_label("多少积分")).to_have_value("1")
    main(staff, "button", "下一步")
    main(staff, "button", "确认预留")
    expect(staff.get_by_role("status")).to_contain_text("已预留")

    main(staff, "link", "取消预留")
    staff.get_by_label("取消哪一笔").select_option(index=1)
    ground(staff, "电话委托", f"又来电 {unique}")
    main(staff, "button", "下一步")
    screens.take(staff, f"act-for-void-{size}")
    main(staff, "button", "确认取消")
    expect(staff.get_by_role("status")).to_contain_text("已取消")

    staff.goto(here)
    main(staff, "link", "替人登记服务")
    begins, ends = HOURS[size]
    staff.get_by_label("类别").select_option(index=1)
    staff.get_by_label("做了什么").fill(f"大扫除 {unique}")
    staff.get_by_label("哪一天").fill((today() - timedelta(days=1)).isoformat())
    staff.get_by_label("几点开始").fill(begins)
    staff.get_by_label("几点结束").fill(ends)
    staff.get_by_label("地点").fill("活动室")
    expect(staff.get_by_label("谁做的")).to_have_value(number)
    staff.get_by_label("谁做的").fill(f"{number}\nV0000000000\n{other}")
    ground(staff, "书面委托", "签到表")
    main(staff, "button", "下一步")
    expect(staff.get_by_role("main")).to_contain_text("第 2 行：没有找到编号")
    screens.take(staff, f"record-for-wrong-{size}")
    staff.get_by_label("谁做的").fill(f"{number}\n{other}")
    main(staff, "button", "下一步")
    expect(staff.get_by_role("main")).to_contain_text("将登记 2 条服务")
    screens.take(staff, f"record-for-check-{size}")
    main(staff, "button", "确认登记 2 条")
    expect(staff.get_by_role("status")).to_contain_text("已登记 2 条")

    volunteer = sign_in("volunteer", size=size, scripts=False)
    volunteer.goto("/account/acts")
    shown = volunteer.get_by_role("main")
    expect(shown).to_contain_text(f"电话委托：来电 {unique}")
    expect(shown).to_contain_text(f"电话委托：又来电 {unique}")
    expect(shown).to_contain_text("书面委托：签到表")
    volunteer.goto("/account/notices")
    expect(volunteer.get_by_role("main")).to_contain_text("工作人员替你办了一件事")
