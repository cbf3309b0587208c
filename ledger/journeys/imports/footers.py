"""Lines that are about the list: totals, who made it, remarks, the headings once more."""

import re
from collections.abc import Mapping

from ledger.journeys.imports.columns import ImportKind, import_columns
from ledger.sheets.cells import header_word

#: As ``header_word`` gives a cell: without blanks, ordinary brackets and letters.
_ABOUT_THE_LIST = re.compile(
    r"(?:本页|本表|以上)?(?:合计|小计|总计|共计|总人数|(?:sub)?total)(?:[\d:(人户共名].*)?\Z"
    r"|共\d+[人户名家].*"
    r"|(?:制表|填表|填报|编制|审核|复核|统计|经办)(?:人|者|员|单位|部门|日期|时间)?(?::.*)?\Z"
    r"|(?:负责人|单位负责人|联系人|联系电话|日期|preparedby|date|notes?):.*"
    r"|(?:备注|附注).*"
    r"|(?:说明|注)(?:[\d:].*)?\Z"
)


def is_about_the_list(kind: ImportKind, values: Mapping[str, str]) -> bool:
    """Whether a line names nobody: its name, or its first cell where that is empty, says so."""
    word = header_word(values.get("name") or next(iter(values.values()), ""))
    headings = {header_word(name) for name in import_columns(kind)["name"].names}
    return _ABOUT_THE_LIST.match(word) is not None or word.rstrip("*:") in headings
