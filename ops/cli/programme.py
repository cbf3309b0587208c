"""`gongzhang programme`: create a programme with its books, or list them."""

import argparse

from ops.cli.frame import Subparsers
from ops.cli.tenants import add_tenant_parser, run_tenant_command


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    kinds = ("community", "subdistrict")
    add_tenant_parser(subparsers, "programme", kinds=kinds, example_name="东湖社区")


def run(args: argparse.Namespace) -> int:
    """Create or list programmes."""
    return run_tenant_command(args, "programme")
