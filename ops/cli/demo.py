"""`gongzhang demo`: a district with a year of history, and the web on it."""

import argparse
import asyncio
import os
import sys
from datetime import UTC, datetime
from functools import partial

import msgspec

from ledger.database import create_engine, execute
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import open_secrets
from ledger.settings import Settings, read_settings
from ops.cli.database import OpenDatabase, open_database, tell_if_elsewhere
from ops.cli.frame import CommandFailed, Subparsers, answer, new_parser, read_port, table
from ops.cli.running import announced
from ops.demo_data.build import Demo, build_demo
from ops.demo_data.days import Span, span_until
from ops.demo_data.district import FULL, SMALL, Shape
from ops.demo_data.fresh_start import Found, empty_database, look_around, migrate_database
from ops.demo_data.record import DemoRecord, read_record, write_record
from ops.logging import configure_logging
from ops.secret_file import with_secret_key
from ops.web_server import check_port_free, serve_web

_SHAPES = {"full": FULL, "small": SMALL}
_CONNECTIONS = 8
#: An interrupted building is begun anew, so that it need not wait for the disk at every commit.
_WITHOUT_WAITING = "synchronous_commit=off"
_WAIT_FOR_ALL = """\
SELECT set_config('synchronous_commit', 'on', true),
    pg_logical_emit_message(true, 'gongzhang', 'the demo is built')"""


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "demo",
        summary="Build a district with a year of history, then serve it and print the sign-ins.",
        example="gongzhang demo --port 8080\ngongzhang demo --reset",
    )
    parser.add_argument("--port", type=read_port, help="port to listen on (GONGZHANG_PORT)")
    parser.add_argument("--reset", action="store_true", help="throw the demo away and begin anew")
    parser.add_argument("--size", choices=sorted(_SHAPES), default="full", help="how much is built")
    parser.add_argument("--no-serve", action="store_true", help="build and print only")


def run(args: argparse.Namespace) -> int:
    """Build what is missing, then serve until stopped."""
    # nobody who looks around should need an authenticator first; whoever enrols one is asked for it
    settings = msgspec.structs.replace(read_settings(), second_factor="offered")
    if args.port is not None:
        settings = msgspec.structs.replace(settings, port=args.port)
    configure_logging(settings.log_level)
    address = f"http://{settings.host}:{settings.port}"
    with announced(settings.data_path(), address):
        _run(args, settings, None if args.no_serve else address)
    return 0


def _run(args: argparse.Namespace, settings: Settings, url: str | None) -> None:
    if url is not None:
        check_port_free(settings.host, settings.port)
    settings = with_secret_key(settings)
    with open_database(settings, alone=True, migrated=False, begin=True) as database:
        tell_if_elsewhere(database, settings)
        record = asyncio.run(_prepare(settings, database, _SHAPES[args.size], reset=args.reset))
        _tell(args, record, url)
        if url is not None:
            settings = msgspec.structs.replace(settings, database_url=database.service_url)
            invite = None if args.json else partial(print, _invitation(url), flush=True)
            serve_web(settings, server=database.server, when_ready=invite)


async def _prepare(
    settings: Settings, database: OpenDatabase, shape: Shape, *, reset: bool
) -> DemoRecord:
    """The record of a finished demo, built now unless it is there."""
    _say("准备数据库 preparing the database")
    await migrate_database(database.admin_url, database.service_url)
    record = read_record(settings.data_path())
    engine = create_engine(database.service_url, pool_size=1)
    try:
        found, identity = await look_around(engine, record)
    finally:
        await engine.dispose()
    is_there = found in (Found.FINISHED, Found.FINISHED_AND_MORE)
    if is_there and record is not None and not reset:
        return record
    if found in (Found.OTHERS, Found.FINISHED_AND_MORE):
        raise CommandFailed(
            "This database holds programmes, estates or people that the demo has not made; it is "
            "left as it is. Give the demo a place of its own: an empty database, or "
            "GONGZHANG_DATA_DIR=.gongzhang-demo"
        )
    if found in (Found.FINISHED, Found.INTERRUPTED):
        if found is Found.INTERRUPTED:
            _say("上次没有建完，重新开始 the last building was interrupted; beginning anew")
        await empty_database(database.admin_url, database.service_url)
    span = span_until(datetime.now(UTC), months=shape.months)
    begun = DemoRecord(database=identity, finished=False, built_on=span.today)
    write_record(settings.data_path(), begun)
    demo = await _build(settings, database.service_url, shape, span)
    record = msgspec.structs.replace(
        begun,
        finished=True,
        tenants=tuple(tenant.public_id for tenant in demo.district.tenants()),
        sign_ins=tuple(demo.sign_ins),
        files=tuple(map(str, demo.files)),
        api_key=demo.api_keys.system,
        staff_key=demo.api_keys.staff,
        till_key=demo.api_keys.till,
    )
    write_record(settings.data_path(), record)
    return record


async def _build(settings: Settings, service_url: str, shape: Shape, span: Span) -> Demo:
    joint = "&" if "?" in service_url else "?"
    engine = create_engine(f"{service_url}{joint}{_WITHOUT_WAITING}", pool_size=_CONNECTIONS)
    try:
        demo = await build_demo(
            engine,
            shape=shape,
            span=span,
            keys=PersonalDataKeys(open_secrets(settings)),
            files=settings.data_path() / "bank-files",
        )
        async with engine.begin() as conn:
            await execute(conn, _WAIT_FOR_ALL)
        return demo
    finally:
        await engine.dispose()


def _tell(args: argparse.Namespace, record: DemoRecord, url: str | None) -> None:
    """Print where to go and who may sign in."""
    rows = [("角色 role", "姓名", "登录名 sign-in", "密码 password", "可以试 try")]
    rows += [
        (who.role_zh, who.name, who.sign_in_name, who.password, who.task) for who in record.sign_ins
    ]
    lines = [
        f"共账演示，建于 {record.built_on}。 The demo, built on {record.built_on}.",
        "",
        *table(rows),
        "演示里第二重验证是自愿的；正式使用时，受托人、业委会、会计、审计和管理员必须有。",
        "The second factor is voluntary here; in earnest, sensitive roles must have one.",
        "",
        "待导入的银行文件 bank files to import as auditor or trustee:",
        *(f"  {_short(path)}" for path in record.files),
        "接口 API",
        *(f"  {line}" for line in table(_api_facts(record))),
        "",
    ]
    facts = msgspec.to_builtins(record)
    answer(args, "\n".join(lines), url=url, **facts)


def _invitation(url: str) -> str:
    """The last line, once the page opens."""
    return f"打开 open  {url}   (Ctrl-C 停止 stops it)"


def _api_facts(record: DemoRecord) -> list[tuple[str, str]]:
    """What somebody needs who tries the interface."""
    facts = [
        ("项目编号 programme", str(record.tenants[0])),
        ("对接系统的密钥 key of a system", record.api_key),
        ("工作人员的密钥 key of the staff", record.staff_key),
        ("收银机的密钥 key of a till", record.till_key),
    ]
    return [fact for fact in facts if fact[1]]


def _short(path: str) -> str:
    """A path as seen from here, where that is shorter."""
    relative = os.path.relpath(path)
    return min(path, relative, key=len)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
