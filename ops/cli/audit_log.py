"""`gongzhang audit-log`: seal the audit log, and check its chain of seals."""

import argparse
import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine
from ledger.foundation.audit_seals import AuditFault, check_audit_log, seal_audit_log
from ledger.settings import read_settings
from ops.cli.database import open_database
from ops.cli.frame import Subparsers, answer, new_parser

T = TypeVar("T")
_HEAD = re.compile(r"[0-9a-f]{64}\Z")
_SEAL_EXAMPLE = "gongzhang audit-log seal"
_CHECK_EXAMPLE = "gongzhang audit-log check\ngongzhang audit-log check --head 9f86d081…"
_WORDS = {
    "line_edited": "line {audit_id} was changed after it was sealed (seal {seal_no})",
    "line_removed": "line {audit_id} is gone (seal {seal_no})",
    "lines_differ": "seal {seal_no} covers other lines than when it was made",
    "chain_broken": "seal {seal_no} does not follow from the one before, or one is missing",
    "head_missing": "the given head is not in the chain: it was cut or written anew",
}


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "audit-log",
        summary="Seal the audit log, or check that nothing in it was edited or removed.",
        example=f"{_SEAL_EXAMPLE}\n{_CHECK_EXAMPLE}",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    new_parser(actions, "seal", summary="Seal what is not sealed yet.", example=_SEAL_EXAMPLE)
    check = new_parser(
        actions,
        "check",
        summary="Compute every seal anew; exits 1 and names the line if anything differs.",
        example=_CHECK_EXAMPLE,
    )
    check.add_argument(
        "--head", type=_read_head, help="a head noted down earlier, to be found in the chain"
    )


def run(args: argparse.Namespace) -> int:
    """Seal or check; a check that finds something exits 1."""
    work = {"seal": _seal, "check": _check}[args.action]
    return work(args)


def _seal(args: argparse.Namespace) -> int:
    lines = _on_database(seal_audit_log)
    answer(args, f"{lines:,} lines sealed.", lines=lines)
    return 0


def _check(args: argparse.Namespace) -> int:
    found = _on_database(lambda engine: check_audit_log(engine, known_head=args.head))
    verdict = "something differs" if found.faults else "everything holds"
    counts = f"{found.lines:,} lines in {found.seals:,} seals, {found.unsealed:,} not sealed yet"
    text = [
        *(_words(fault) for fault in found.faults),
        f"{counts}: {verdict}",
        f"head {found.head or '(none yet)'}",
    ]
    facts = msgspec.to_builtins(found)
    answer(args, "\n".join(text), holds=not found.faults, **facts)
    return 1 if found.faults else 0


def _words(fault: AuditFault) -> str:
    return _WORDS[fault.kind].format(audit_id=fault.audit_id, seal_no=fault.seal_no)


def _read_head(text: str) -> str:
    if not _HEAD.match(text):
        raise argparse.ArgumentTypeError("a head has 64 hexadecimal digits")
    return text


def _on_database(work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    """Run the work on the settings' database."""

    async def do(url: str) -> T:
        engine = create_engine(url, pool_size=1)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    with open_database(read_settings()) as database:
        return asyncio.run(do(database.service_url))
