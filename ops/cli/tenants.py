"""What `gongzhang programme` and `gongzhang estate` share: create one, list them."""

import argparse
import re
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import month_of, today
from ledger.errors import InvalidInput
from ledger.foundation.organisations import Form, Tenant, find_tenant, list_tenants
from ledger.journeys.enrolment import create_estate, create_programme
from ledger.settings import read_settings
from ops.cli.database_work import in_transaction
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    new_parser,
    read_name,
    table,
)

SYSTEM = 1
#: Books begin in this year or later, and at most a year from now; anything else is mistyped.
_FIRST_YEAR = 2000
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})\Z")


def add_tenant_parser(
    subparsers: Subparsers, form: Form, *, kinds: Sequence[str], example_name: str
) -> None:
    """Declare ``<form> create`` and ``<form> list``."""
    parser = new_parser(
        subparsers,
        form,
        summary=f"Create or list {form}s.",
        example=f"gongzhang {form} create {example_name} --first-month 2026-01\n"
        f"gongzhang {form} list",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = new_parser(
        actions,
        "create",
        summary=f"Create the {form} with its books; all accounts begin at zero.",
        example=f"gongzhang {form} create {example_name} --first-month 2026-01",
    )
    create.add_argument("name", type=read_name, help=f"name of the {form}")
    create.add_argument("--kind", choices=kinds, default=kinds[0])
    create.add_argument(
        "--first-month", type=read_month, help="first month that takes entries, e.g. 2026-01"
    )
    create.add_argument(
        "--again", action="store_true", help=f"even if this name is given to another {form}"
    )
    new_parser(
        actions, "list", summary=f"List the {form}s by name.", example=f"gongzhang {form} list"
    )


def run_tenant_command(args: argparse.Namespace, form: Form) -> int:
    """Create one, or list all."""
    if args.action == "list":
        return _list(args, form)
    make = create_programme if form == "programme" else create_estate

    async def create(conn: AsyncConnection) -> Tenant:
        if not args.again:
            await _refuse_known_name(conn, form, args.name)
        return await make(
            conn,
            name=args.name,
            kind=args.kind,
            first_period=args.first_month,
            created_by=SYSTEM,
        )

    tenant = in_transaction(read_settings(), create)
    text = f"{form} {tenant.name} is there. Its id: {tenant.public_id}"
    answer(args, text, id=tenant.public_id, name=tenant.name)
    return 0


async def _refuse_known_name(conn: AsyncConnection, form: Form, name: str) -> None:
    """A name given twice is mostly a command sent twice; two places may yet share one."""
    for one in await list_tenants(conn):
        if (one.form, one.name) == (form, name):
            raise CommandFailed(
                f"There is a {form} {name} already. Its id: {one.public_id}\n"
                f"If another one of the same name is meant, add --again."
            )


def _list(args: argparse.Namespace, form: Form) -> int:
    found = [one for one in in_transaction(read_settings(), list_tenants) if one.form == form]
    rows = [("id", "kind", "name"), *((str(one.public_id), one.kind, one.name) for one in found)]
    facts = [{"id": one.public_id, "name": one.name, "kind": one.kind} for one in found]
    text = "\n".join(table(rows)) if found else f"There are no {form}s yet."
    answer(args, text, items=facts)
    return 0


def read_month(text: str) -> date:
    """The first day of a month written 2026-01.

    Raises:
        ArgumentTypeError: written otherwise, or too far away.
    """
    found = _MONTH.match(text)
    try:
        month = date(int(found[1]), int(found[2]), 1) if found else _refuse_month(text)
    except ValueError:
        return _refuse_month(text)
    last = month_of(today()).replace(year=today().year + 1)
    if month.year < _FIRST_YEAR or month > last:
        raise argparse.ArgumentTypeError(
            f"{text!r} is too far away; give a month from {_FIRST_YEAR}-01 to {last:%Y-%m}"
        )
    return month


def _refuse_month(text: str) -> date:
    raise argparse.ArgumentTypeError(f"{text!r} is not a month; write it like 2026-01")


async def get_tenant(conn: AsyncConnection, public_id: str) -> Tenant:
    """The programme or estate with this id.

    Raises:
        InvalidInput: not an id, or neither has it.
    """
    remedy = "See: gongzhang programme list, gongzhang estate list"
    try:
        tenant = await find_tenant(conn, public_id=UUID(public_id))
    except ValueError as error:
        raise InvalidInput(field="id", value=public_id, remedy=remedy) from error
    if tenant is None:
        raise InvalidInput(field="id", value=public_id, remedy=remedy)
    return tenant
