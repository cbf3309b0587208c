"""`gongzhang estate`: create an estate trust with its book, or list them."""

import argparse

from ops.cli.frame import Subparsers
from ops.cli.tenants import add_tenant_parser, run_tenant_command


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    kinds = ("compound", "quarter")
    add_tenant_parser(subparsers, "estate", kinds=kinds, example_name="幸福里小区")


def run(args: argparse.Namespace) -> int:
    """Create or list estates."""
    return run_tenant_command(args, "estate")
