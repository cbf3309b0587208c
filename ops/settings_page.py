"""Write docs/settings.md from the settings themselves.

    python -m ops.settings_page

A test says when it was forgotten.
"""

import sys
from pathlib import Path

from ledger.settings import list_settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"
HEAD = (
    "# 设置 Settings\n\n"
    "都是环境变量；写错的 `GONGZHANG_` 变量会被拒绝，并用一句话说明。"
    "`gongzhang settings` 列出当前的值和来源。\n"
    "*Environment variables; an unknown `GONGZHANG_` variable is refused in one sentence. "
    "`gongzhang settings` shows the values in force and where they come from.*\n\n"
    "秘密（数据库地址、密钥）也可以放在文件里：在变量名后加 `_FILE`，值为路径。"
    "*Secrets may lie in files: add `_FILE` to the variable and give the path.*\n\n"
    "| 变量 variable | 默认 default | 含义 meaning |\n"
    "|---|---|---|\n"
)


def settings_page() -> str:
    """The whole page."""
    rows = [
        f"| `{fact.variable}` | {f'`{fact.default}`' if fact.default else '空 empty'} "
        f"| {fact.meaning_zh} *{fact.meaning_en}* |\n"
        for fact in list_settings()
    ]
    return HEAD + "".join(rows)


def main() -> int:
    """Write the page."""
    PAGE.write_text(settings_page(), encoding="utf-8")
    print(f"{PAGE}: {len(list_settings())} settings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
