"""The counter's story of people: enrolled with all that is told, put into a household, given a
guardian, suspended with a reason, and found again; on a phone and at a desk, without scripts."""

import re
import secrets

import pytest
from playwright.sync_api import Page, expect

from api.web.texts import text
from ledger.foundation.identity_numbers import check_digit
from tests.browser.conftest import SignIn
from tests.browser.screens import Screens
from tests.browser.test_stories import main, way

NUMBER = re.compile(r"V\d{10}")


def new_id_number(birthday: str) -> str:
    """A number that nobody has yet, of somebody born on a day like 19491231."""
    first = f"110105{birthday}{secrets.randbelow(1000):03}"
    return first + check_digit(first)


def send(page: Page, act: str) -> None:
    main(page, "button", text("zh-CN", f"act_do.{act}"))


def enrol(page: Page, name: str, **told: str) -> str:
    """Enrol somebody and return the volunteer number."""
    way(page, "成员")
    main(page, "link", "登记新成员")
    page.get_by_label("姓名").fill(name)
    for label, value in told.items():
        page.get_by_label(label).fill(value)
    send(page, "enrol")
    expect(page.get_by_role("status")).to_contain_text("已登记")
    found = NUMBER.search(page.get_by_role("heading", level=1).inner_text())
    assert found is not None
    return found[0]


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_person_is_enrolled_cared_for_suspended_and_found(
    sign_in: SignIn, screens: Screens, size: str
) -> None:
    staff = sign_in("staff", size=size, scripts=False)
    phone = f"139{secrets.randbelow(10**8):08}"
    grandmother = enrol(staff, "欧阳秋月")
    here = staff.url.partition("?")[0]
    told = {"身份证号": new_id_number("19491231"), "手机号": phone, "住址": "和平弄 3 号 201"}
    way(staff, "成员")
    main(staff, "link", "登记新成员")
    staff.get_by_label("姓名").fill("欧阳春花")
    staff.get_by_label("身份证号").fill(told["身份证号"][:-1] + "?")
    staff.get_by_label("手机号").fill(phone)
    send(staff, "enrol")
    expect(staff.get_by_role("alert")).to_contain_text("请写全 18 位")
    expect(staff.get_by_label("手机号")).to_have_value(phone)
    screens.take(staff, f"people-enrol-wrong-{size}")
    number = enrol(staff, "欧阳春花", 出生日期="1949-12-31", **told)
    person = staff.url.partition("?")[0]
    shown = staff.get_by_role("main").inner_text()
    for secret in (told["身份证号"], phone, "和平弄", "欧阳春花"):
        assert secret not in shown

    main(staff, "link", "立户")
    staff.get_by_label("户号").fill(f"3-{secrets.randbelow(10**6)}")
    send(staff, "household")
    main(staff, "link", text("zh-CN", "act.move-in"))
    staff.get_by_role("textbox").first.fill(grandmother)
    send(staff, "move-in")
    expect(staff.get_by_role("main").get_by_text("至今")).to_have_count(2)
    screens.take(staff, f"people-household-{size}")

    staff.goto(person)
    main(staff, "link", "登记监护人")
    staff.get_by_label("监护人", exact=True).fill(grandmother)
    staff.get_by_label("监护原因").select_option(label=text("zh-CN", "guardian_kind.incapacity"))
    staff.get_by_label("核实依据").fill("居委会指定监护的文书")
    send(staff, "guardian")
    expect(staff.get_by_role("main")).to_contain_text(grandmother)

    main(staff, "link", "暂停、恢复或退出")
    staff.get_by_label("办理").select_option(label=text("zh-CN", "standing_act.suspended"))
    staff.get_by_label("原因").fill("住院期间暂停")
    send(staff, "status")
    expect(staff.get_by_role("main")).to_contain_text("住院期间暂停")
    screens.take(staff, f"people-person-{size}")

    for typed in ("oych", "ouyangchunhua", "欧阳春", phone, number):
        way(staff, "成员")
        staff.get_by_label("找人").fill(typed)
        main(staff, "button", "查找")
        expect(staff.get_by_role("main")).to_contain_text(number)
    screens.take(staff, f"people-found-{size}")
    staff.goto(here)
    expect(staff.get_by_role("main")).to_contain_text(number)  # her ward
