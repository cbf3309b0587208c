"""`gongzhang api-key`: keys by which other systems send commands."""

import argparse
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import InvalidInput
from ledger.foundation.api_keys import ApiKey, NewApiKey, create_api_key, list_api_keys
from ledger.foundation.api_keys import revoke_api_key as revoke
from ledger.foundation.grants import grant_role
from ledger.foundation.roles import known_permissions, shipped_roles
from ledger.settings import read_settings
from ops.cli.database_work import in_transaction
from ops.cli.frame import Subparsers, answer, new_parser
from ops.cli.tenants import SYSTEM, get_tenant

_DEFAULT_DAYS = 365
_CREATE_EXAMPLE = "gongzhang api-key create till-7 --tenant ID --scope entries.post --days 90"
_REVOKE_EXAMPLE = "gongzhang api-key revoke ID --reason 'the till was stolen'"


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "api-key",
        summary="Create, list or revoke API keys.",
        example=f"{_CREATE_EXAMPLE}\ngongzhang api-key list\n{_REVOKE_EXAMPLE}",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = new_parser(
        actions,
        "create",
        summary="Create a key; its secret is printed now and never again.",
        example=_CREATE_EXAMPLE,
    )
    wide = sorted(code for code, role in shipped_roles().items() if not role.limited)
    create.add_argument("name", help="what the key is for")
    create.add_argument("--tenant", required=True, help="id of the programme or estate")
    create.add_argument("--role", choices=wide, default="integration")
    create.add_argument(
        "--scope",
        action="append",
        choices=sorted(known_permissions()),
        metavar="PERMISSION",
        help="limit the key to this permission; may be given several times",
    )
    create.add_argument("--days", type=int, default=_DEFAULT_DAYS, help="valid for so many days")
    new_parser(actions, "list", summary="List keys in force.", example="gongzhang api-key list")
    ending = new_parser(actions, "revoke", summary="End a key.", example=_REVOKE_EXAMPLE)
    ending.add_argument("id", help="id of the key, as the list shows it")
    ending.add_argument("--reason", required=True, help="why; goes to the audit log")


def run(args: argparse.Namespace) -> int:
    """Create, list or revoke."""
    actions = {"create": _create, "list": _list, "revoke": _revoke}
    actions[args.action](args)
    return 0


def _create(args: argparse.Namespace) -> None:
    if args.days < 1:
        raise InvalidInput(field="--days", value=args.days, remedy="Give at least one day.")

    async def make(conn: AsyncConnection) -> NewApiKey:
        tenant = await get_tenant(conn, args.tenant)
        made = await create_api_key(
            conn,
            name=args.name,
            created_by=SYSTEM,
            scopes=args.scope,
            validity=timedelta(days=args.days),
        )
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role=args.role,
            tenant_id=tenant.tenant_id,
            granted_by=SYSTEM,
        )
        return made

    made = in_transaction(read_settings(), make)
    text = f"{made.secret}\nShown only now. Its id, for revoking: {made.key.api_key_id}"
    answer(args, text, secret=made.secret, **_facts(made.key))


def _list(args: argparse.Namespace) -> None:
    keys = in_transaction(read_settings(), list_api_keys)
    lines = [f"{key.api_key_id}  until {key.expires_at:%Y-%m-%d}  {key.name}" for key in keys]
    answer(args, "\n".join(lines) or "No key is in force.", items=[_facts(key) for key in keys])


def _revoke(args: argparse.Namespace) -> None:
    try:
        api_key_id = UUID(args.id)
    except ValueError as error:
        raise InvalidInput(
            field="id", value=args.id, remedy="See: gongzhang api-key list"
        ) from error

    async def end(conn: AsyncConnection) -> None:
        await revoke(conn, api_key_id=api_key_id, revoked_by=SYSTEM, reason=args.reason)

    in_transaction(read_settings(), end)
    text = "Revoked; services that are running notice within five seconds."
    answer(args, text, id=api_key_id, revoked=True)


def _facts(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.api_key_id,
        "name": key.name,
        "scopes": None if key.scopes is None else sorted(key.scopes),
        "expires_at": key.expires_at.isoformat(),
    }
