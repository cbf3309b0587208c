"""What every command shares: its parser's form and how it answers."""

import argparse
import errno
import json
import os
import stat
import sys
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TextIO, TypeAlias

from ledger.clock import SHANGHAI
from ops.cli.reader import as_typed, say, say_lines
from ops.refusals import AdministratorMust

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


LAST_PORT = 65535
LONGEST_NAME = 60
#: Control and format characters, surrogates, and what ends lines.
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")


class CommandFailed(AdministratorMust):
    """A command could not do its work; the message says why and what to do."""


class Parser(argparse.ArgumentParser):
    """Says what was wrongly typed in one sentence, and where to look, without the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Exit with 2."""
        self.exit(2, f"gongzhang: {say(message)}{say('. See: ')}{self.prog} --help\n")


def new_parser(
    subparsers: Subparsers, name: str, *, summary: str, example: str
) -> argparse.ArgumentParser:
    """Add a command (or a command of a command) with `--json` and an example in its help."""
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=as_typed(f"Example:\n{lines}"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser


def read_port(text: str) -> int:
    """A port from the command line.

    Raises:
        ArgumentTypeError: not a number, or none that a port can have.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= LAST_PORT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a port; give a number from 1 to {LAST_PORT}"
        )
    return int(text)


def read_name(text: str) -> str:
    """A name of a person, place or key from the command line, in one Unicode form.

    Raises:
        ArgumentTypeError: empty, too long, or with characters that nobody can see.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise argparse.ArgumentTypeError("a name is needed; this one is empty")
    if len(name) > LONGEST_NAME:
        raise argparse.ArgumentTypeError(f"a name has at most {LONGEST_NAME} characters")
    unseen = sorted(
        {f"U+{ord(char):04X}" for char in name if unicodedata.category(char) in _UNSEEN}
    )
    if unseen:
        raise argparse.ArgumentTypeError(
            f"it contains characters that nobody can see: {', '.join(unseen)}; type it anew"
        )
    return name


def read_sign_in_name(text: str) -> str:
    """A name to sign in with: one word.

    Raises:
        ArgumentTypeError: none that can be used.
    """
    name = read_name(text)
    if any(char.isspace() for char in name):
        raise argparse.ArgumentTypeError(f"{name!r} contains a space; choose one word")
    return name


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """What reads a number between two bounds from the command line."""

    def read(text: str) -> int:
        is_one = text.isascii() and text.isdigit() and len(text) <= len(str(most))
        if not is_one or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r}: give a number from {least} to {most}")
        return int(text)

    return read


def read_count(text: str) -> int:
    """A number of things from the command line, at least one.

    Raises:
        ArgumentTypeError: less, or not a number.
    """
    if not text.isascii() or not text.isdigit() or int(text[:6]) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def cannot_be_read(path: Path, error: OSError) -> str:
    """Why a file that was named is not read, and where it was looked for."""
    remedy = f"It was looked for as {path.absolute()}: name it from here, or from the root."
    if isinstance(error, PermissionError):
        remedy = f"Let whoever runs this command read {path.absolute()}."
    elif isinstance(error, IsADirectoryError):
        remedy = "Name a file in it."
    return f"{path} cannot be read: {error.strerror}. {remedy}"


def check_file(path: Path) -> None:
    """Look at a file that is to be read, before anything is asked.

    Raises:
        CommandFailed: not there, or a device or a pipe, which may never end.
    """
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise CommandFailed(cannot_be_read(path, error)) from error
    if stat.S_ISDIR(mode):
        is_one = IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise CommandFailed(cannot_be_read(path, is_one))
    if not stat.S_ISREG(mode):
        raise CommandFailed(
            f"{path} is a device or a pipe. Save what comes from it in a file, and name that."
        )


def somebody_is_there() -> bool:
    """Whether somebody can be asked; standard input may be closed altogether."""
    stdin: TextIO | None = sys.stdin
    return stdin is not None and not stdin.closed and stdin.isatty()


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns set below each other; a Chinese character is two places wide."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    padded = (
        (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )
    return ["  ".join(cells).rstrip() for cells in padded]


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "FW" else 1 for char in text)


def moment_words(moment: datetime | None) -> str:
    """A moment by the clock of Shanghai, which is named; a dash for none."""
    return "-" if moment is None else zoned(moment, timespec="minutes")


def zoned(moment: datetime, *, timespec: str) -> str:
    """A moment by the clock of Shanghai with its zone: 2026-11-23 18:00+08:00."""
    return moment.astimezone(SHANGHAI).isoformat(" ", timespec)


def answer(args: argparse.Namespace, text: str, /, **facts: Any) -> None:
    """Print the outcome: `text` for people, `facts` for `--json`."""
    print(
        json.dumps(facts, default=str, ensure_ascii=False) if args.json else say_lines(text),
        flush=True,
    )
