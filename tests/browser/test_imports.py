"""The story of a list: sent, looked at line by line, mended, confirmed; without scripts."""

import secrets

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import SignIn
from tests.browser.screens import Screens
from tests.browser.test_people import new_id_number
from tests.browser.test_stories import main, way
from tests.imports.files import csv_file


def file_of(content: bytes) -> FilePayload:
    return {"name": "居民名单.csv", "mimeType": "text/csv", "buffer": content}


@pytest.mark.parametrize("size", ["phone", "desk"])
def test_a_list_is_sent_looked_at_and_confirmed(
    sign_in: SignIn, screens: Screens, size: str
) -> None:
    staff = sign_in("staff", size=size, scripts=False)
    main(staff, "link", "导入名单")
    staff.get_by_label("居民").check()
    staff.get_by_label("文件").set_input_files(file_of(b"%PDF-1.7 no table"))
    main(staff, "button", "上传并预览")
    expect(staff.get_by_role("alert")).to_contain_text("PDF")
    expect(staff.get_by_label("居民")).to_be_checked()
    screens.take(staff, f"imports-wrong-file-{size}")

    phone = f"139{secrets.randbelow(10**8):08}"
    number = new_id_number("19620304")
    rows = [
        ("诸葛青山", phone, number, "", "和平弄 8 号", f"J-{phone}", "户主"),
        ("诸葛小草", "", "", "", "", f"J-{phone}", "子女"),
        ("诸葛青山", phone, number, "", "", "", ""),
        ("=1+1", "138", "", "昨天", "", "", ""),
    ]
    staff.get_by_label("文件").set_input_files(file_of(csv_file(*rows).read()))
    main(staff, "button", "上传并预览")
    expect(staff.get_by_role("status")).to_contain_text("还没有登记")
    lines = staff.get_by_role("row").filter(has_text="第")
    expect(lines.first).to_contain_text("第 5 行")
    expect(lines.first).to_contain_text("不能以 =、+、-、@ 开头")
    screens.take(staff, f"imports-preview-{size}")
    main(staff, "link", "跳过 1")
    expect(lines).to_have_count(1)
    main(staff, "link", "全部 4")
    expect(lines).to_have_count(4)
    checked = staff.get_by_label("我核对过")
    if checked.count():  # the story was told before: somebody is called so
        checked.check()
    main(staff, "button", "确认登记 2 行")
    expect(staff.get_by_role("status")).to_contain_text("已登记 2 行")
    main(staff, "link", "已登记 2")
    screens.take(staff, f"imports-finished-{size}")
    main(staff, "link", "诸* V")
    expect(staff.get_by_role("heading", level=1)).to_contain_text("诸*")
    way(staff, "待办")
    main(staff, "link", "导入名单")
    expect(staff.get_by_role("main")).to_contain_text("上传于")
    screens.take(staff, f"imports-{size}")
