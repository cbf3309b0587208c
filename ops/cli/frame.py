"""What every command shares: its parser's form and how it answers."""

import argparse
import json
from typing import Any, TypeAlias

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


class CommandFailed(Exception):
    """A command could not do its work; the message says why and what to do."""


def new_parser(
    subparsers: Subparsers, name: str, *, summary: str, example: str
) -> argparse.ArgumentParser:
    """Add a command (or a command of a command) with `--json` and an example in its help."""
    lines = "\n".join(f"  {line}" for line in example.splitlines())
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"Example:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    return parser


def answer(args: argparse.Namespace, text: str, /, **facts: Any) -> None:
    """Print the outcome: `text` for people, `facts` for `--json`."""
    print(json.dumps(facts, default=str, ensure_ascii=False) if args.json else text, flush=True)
