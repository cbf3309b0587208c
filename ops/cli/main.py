"""`gongzhang`: find the command's module, run it, and turn refusals into one line and exit code 1.

A command's module exports `add_parser(subparsers)` and `run(args) -> int`. Only the module of the
command that was asked for is imported.

Source: docs/decisions/0032-command-line.md
"""

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ledger.clock import now
from ledger.errors import LedgerError
from ledger.settings import UnknownSetting
from ops.backup.errors import REMEDIES, explain
from ops.cli import end_as_if_interrupted, speaks_chinese, tell_interrupted
from ops.cli.commands import COMMANDS
from ops.cli.frame import CommandFailed, Parser
from ops.cli.reader import as_typed, program, say
from ops.refusals import AdministratorMust

REFUSALS = (AdministratorMust, LedgerError, UnknownSetting)
#: No entry can be older than the program that writes it.
MADE_AFTER = datetime(2026, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 refused, 2 wrongly typed, 130 interrupted, 143 stopped."""
    try:
        end_as_if_interrupted()
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return tell_interrupted()


def _run(given: list[str]) -> int:
    asked = [word for word in given[:1] if word in COMMANDS]
    parser = _parser(asked or list(COMMANDS))
    args = parser.parse_args(given)
    command = importlib.import_module(COMMANDS[args.command])
    try:
        check_clock(now())
        return int(command.run(args))
    except REFUSALS as refusal:
        _report_refusal(refusal, as_json=args.json)
        return 1
    except OSError as error:
        if error.errno not in REMEDIES:
            raise
        _report_refusal(explain(error, Path(error.filename or ".")), as_json=args.json)
        return 1
    except Exception as error:
        from ops.refused_connections import why_given_up  # noqa: PLC0415  children load this module

        told = why_given_up(error)
        if told is None:
            raise
        _report_refusal(CommandFailed(told), as_json=args.json)
        return 1


def check_clock(at: datetime) -> None:
    """Refuse to date anything by a clock that stands before this program was made.

    Raises:
        CommandFailed: the machine's clock is wrong.
    """
    if at < MADE_AFTER:
        raise CommandFailed(
            f"The clock of this machine says {at:%Y-%m-%d}, before this program was made. Set it: "
            "timedatectl set-ntp true"
        )


def _parser(commands: Sequence[str]) -> argparse.ArgumentParser:
    parser = Parser(
        prog=program(),
        description="共账: the books of a neighbourhood.",
        epilog=as_typed("Each command explains itself: gongzhang COMMAND --help"),
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for word in commands:
        importlib.import_module(COMMANDS[word]).add_parser(subparsers)
    return parser


def _report_refusal(refusal: Exception, *, as_json: bool) -> None:
    if not as_json:
        print(f"gongzhang: {_words_of(refusal)}", file=sys.stderr)
        return
    code = getattr(refusal, "code", type(refusal).__name__)
    facts = refusal.attributes() if isinstance(refusal, LedgerError) else {}
    print(json.dumps({"error": code, "message": as_typed(str(refusal)), **facts}, default=str))


def _words_of(refusal: Exception) -> str:
    """The refusal in the reader's language; the books have their own catalogue."""
    if not isinstance(refusal, LedgerError) or not speaks_chinese(os.environ):
        return say(str(refusal))
    from api.problems import words_of  # noqa: PLC0415  takes a second to load

    return as_typed(words_of(refusal, "zh-CN")[1])


if __name__ == "__main__":
    sys.exit(main())
