"""Two people at two desks, without scripts: one asks for a correction, the other decides."""

import re

from playwright.sync_api import expect

from ops.demo_data.build import Demo
from tests.browser.conftest import SignIn
from tests.browser.screens import Screens


def test_maker_asks_with_evidence_and_checker_approves(
    sign_in: SignIn, screens: Screens, demo: Demo
) -> None:
    programme = demo.district.programmes[0]
    home = f"/programmes/{programme.tenant.public_id}"
    maker = sign_in("accountant", size="desk", scripts=False)
    maker.goto(f"{home}/books/positions/TB/2101")
    name = maker.get_by_role("main").locator("table a").last
    name.click()
    maker.get_by_role("link", name="申请更正这个账户").click()
    maker.get_by_label("更正方式").select_option(label="TB31 更正增记")
    maker.get_by_label("数额").fill("0")
    maker.get_by_label("申请理由").fill("漏记一个半小时")
    maker.get_by_role("button", name="看更正后的余额").click()
    expect(maker.get_by_role("alert")).to_contain_text("数额")
    expect(maker.get_by_label("申请理由")).to_have_value("漏记一个半小时")
    screens.take(maker, "adjustment-wrong")
    maker.get_by_label("数额").fill("1.5")
    maker.get_by_role("button", name="看更正后的余额").click()
    expect(maker.get_by_role("table", name="两个账户的变化")).to_be_visible()
    screens.take(maker, "adjustment")
    maker.get_by_role("button", name="提交申请").click()
    expect(maker.get_by_role("heading", level=1)).to_have_text("更正分录")
    request = maker.url
    expect(maker.get_by_role("button", name="批准", exact=True)).to_have_count(0)
    picture = screens.folder / "adjustment-desk.png"
    maker.get_by_label("添加附件").or_(maker.locator("#file")).first.set_input_files(picture)
    maker.locator("form[enctype] button").click()
    expect(maker).to_have_url(re.compile(r"#evidence$"))
    screens.take(maker, "approval-own")

    checker = sign_in("subdistrict", scripts=False)
    checker.goto(f"{home}/staff/approvals")
    screens.take(checker, "approvals-waiting")
    checker.get_by_role("link", name=re.compile("漏记一个半小时")).click()
    assert checker.url == request
    expect(checker.get_by_role("main")).to_contain_text("1小时30分钟")
    screens.take(checker, "approval-to-decide")
    checker.get_by_role("button", name="批准", exact=True).click()
    expect(checker.get_by_role("status")).to_contain_text("已批准")
    maker.goto(request)
    expect(maker.get_by_role("main")).to_contain_text("已批准")
    maker.get_by_role("link", name="凭证", exact=True).click()
    expect(maker.get_by_role("main")).to_contain_text("漏记一个半小时")
    expect(maker.locator("ul.evidence li")).to_have_count(1)


def test_pages_of_rules_and_roles_keep_their_limits(
    sign_in: SignIn, screens: Screens, demo: Demo
) -> None:
    home = f"/programmes/{demo.district.programmes[0].tenant.public_id}/staff"
    clerk = sign_in("staff", scripts=False)
    clerk.goto(f"{home}/policies")
    screens.take(clerk, "policies")
    clerk.get_by_role("link", name="申请变更 异议期").click()
    screens.take(clerk, "policy")
    admin = sign_in("admin", size="desk", scripts=False)
    number = demo.district.programmes[0].recorder.volunteer_no
    for address, name in (
        ("/admin/policies", "policies-platform"),
        ("/admin/grants", "grants-platform"),
        (f"{home}/grants", "grants"),
        (f"{home}/grants/new?volunteer_no={number}", "grant-new"),
        (f"/admin/grants/new?volunteer_no={number}", "grant-new-platform"),
    ):
        admin.goto(address)
        screens.take(admin, name)
