"""Every command explains itself, answers machines, and refuses in one line."""

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from ledger.settings import Settings
from ops.cli import speaks_chinese
from ops.cli.commands import COMMANDS
from ops.cli.database import OpenDatabase, tell_if_elsewhere
from ops.cli.frame import moment_words
from ops.cli.main import main
from ops.cli.reader import as_typed
from tests.api.live import free_port
from tests.database_server import Database


@pytest.fixture(autouse=True)
def settings(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "ADMIN_DATABASE_URL", "PORT", "HOST"):
        monkeypatch.delenv(f"GONGZHANG_{name}", raising=False)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


def help_of(*words: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        main([*words, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("word", COMMANDS)
def test_every_command_has_help_with_an_example(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = help_of(word, capsys=capsys)
    assert "--json" in text
    assert f"gongzhang {word}" in text.partition("Example:")[2]


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys=capsys)
    assert [word for word in COMMANDS if f"\n    {word}" not in text] == []


def test_an_unknown_command_exits_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["frobnicate"])
    assert end.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_migrating_twice_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migrate", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(["migrate", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["revision"] == second["revision"] == second["revision_before"]


def test_serving_where_no_database_was_begun_names_the_command_that_begins_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["serve", "--port", str(free_port())]) == 1
    assert "run gongzhang migrate to begin" in capsys.readouterr().err


def test_a_misspelt_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABSE_URL", "postgresql://")
    assert main(["migrate", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["message"]
    assert "the nearest: GONGZHANG_DATABASE_URL" in told
    assert told.count("GONGZHANG_") <= 4


def test_a_missing_server_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
    assert main(["migrate"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("gongzhang: No connection to the database:")
    assert len(error.splitlines()) == 1


def test_a_given_server_is_used(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    assert main(["migrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False


def test_a_database_that_lies_elsewhere_is_told(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(data_dir=str(data_dir))
    for root, told in ((data_dir / "postgres", False), (Path("/var/lib/gongzhang/a1b2"), True)):
        home = SimpleNamespace(root=root, owner=SimpleNamespace(pw_name="postgres"))
        database = OpenDatabase("", "", server=SimpleNamespace(home=home))
        tell_if_elsewhere(database, settings)
        assert (str(root) in capsys.readouterr().err) == told


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({}, False),
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, False),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, True),
    ],
)
def test_the_locale_decides_on_the_language(environment: dict[str, str], chinese: bool) -> None:
    assert speaks_chinese(environment) is chinese


def test_what_the_books_refuse_is_told_in_chinese_where_the_locale_is_chinese(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    words = ["api-key", "create", "till", "--tenant", "nonsense"]
    assert main(words) == 1
    assert "See: gongzhang programme list, gongzhang estate list" in capsys.readouterr().err
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(words) == 1
    told = capsys.readouterr().err
    where = "见 gongzhang programme list 和 gongzhang estate list"
    assert told == f"gongzhang: id：不接受 nonsense。{where}\n"
    assert main([*words, "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert "See: gongzhang programme list" in facts["message"], "programs read one language"
    unknown = "00000000-0000-4000-8000-000000000000"
    assert main(["admin", "create", "chen", "--display-name", "陈静", "--tenant", unknown]) == 1
    told = capsys.readouterr().err
    assert f"不接受 {unknown}。{where}" in told
    assert main(["jobs", "plan", "make_coffee"]) == 1
    assert "不接受 make_coffee。见 gongzhang jobs list" in capsys.readouterr().err


def test_what_an_administrator_must_mend_is_told_in_chinese_where_the_locale_is_chinese(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/nowhere")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert main(["check-ledger"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("gongzhang: 连不上数据库（")
    assert "启动 PostgreSQL，或改正 GONGZHANG_DATABASE_URL 里的主机和端口。\n" in told
    assert main(["check-ledger", "--json"]) == 1
    facts = json.loads(capsys.readouterr().out)
    assert facts["error"] == "ServerUnsuitable"
    assert "Nothing listens there" in facts["message"], "programs read one language"
    assert main(["api-key", "create", "till"]) == 1
    assert capsys.readouterr().err == (
        "gongzhang: 请用 --tenant 写项目或小区，或用 --person 写人。\n"
    )
    monkeypatch.setenv("GONGZHANG_WORKER", "nowhere")
    assert main(["check-ledger"]) == 1
    told = capsys.readouterr().err
    assert told == (
        "gongzhang: GONGZHANG_WORKER 的值不能用：没有 'nowhere' 这个值，可用的见 docs/settings.md\n"
    )


def test_what_is_wrongly_typed_is_one_sentence_with_where_to_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(*words: str) -> str:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        assert end.value.code == 2
        return capsys.readouterr().err

    assert told("serve", "--port", "7x") == (
        "gongzhang: argument --port: '7x' is not a port; give a number from 1 to 65535. "
        "See: gongzhang serve --help\n"
    )
    assert "the following arguments are required: COMMAND. See: gongzhang --help" in told()
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    for words, chinese in (
        (("serve", "--port", "7x"), "参数 --port：'7x' 不是端口，请写 1 到 65535 的数字"),
        (("serve", "--prot", "7"), "没有这样的参数：--prot 7"),
        (("serve", "--port"), "参数 --port：后面要跟一个值"),
        (("serve", "--json=7"), "参数 --json：后面不跟值，收到的是 '7'"),
        (("demo", "--size", "tiny"), "参数 --size：没有 'tiny'，可选的是 'full', 'small'"),
        (("programme", "create"), "缺少参数 name"),
    ):
        error = told(*words)
        assert error.startswith(f"gongzhang: {chinese}。见：gongzhang "), error
        assert error.endswith(" --help\n")
        assert len(error.splitlines()) == 1


def test_a_remedy_is_said_as_it_is_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMMAND_TYPED", "gongzhang-run")
    assert main(["serve", "--port", str(free_port())]) == 1
    assert "run gongzhang-run migrate to begin" in capsys.readouterr().err
    assert "gongzhang-run jobs run" in help_of("jobs", "run", capsys=capsys)
    assert "gongzhang-run COMMAND --help" in help_of(capsys=capsys)
    assert as_typed("OWNER gongzhang_admin; chown gongzhang: /var/lib/gongzhang") == (
        "OWNER gongzhang_admin; chown gongzhang: /var/lib/gongzhang"
    )


def test_a_moment_in_a_list_bears_its_zone() -> None:
    assert moment_words(datetime(2026, 11, 23, 10, tzinfo=UTC)) == "2026-11-23 18:00+08:00"
    assert moment_words(None) == "-"


def test_what_would_be_lost_if_overlooked_is_told_in_the_language_of_the_locale(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    create = ("admin", "create", "chen", "--display-name", "陈静")
    assert main([*create]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("陈静 的登录名是 chen，编号 V")
    assert told[1] == "角色：platform_admin，在整个平台"
    assert told[2].startswith("密码（只显示这一次）：")
    assert main(["admin", "create", "zhou", "--display-name", "周敏", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["scope"] == "on the whole platform"
