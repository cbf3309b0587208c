"""`gongzhang api-key`: keys by which other systems send commands."""

import argparse
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import set_tenant
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.api_key_rotation import (
    DEFAULT_OVERLAP,
    LONGEST_OVERLAP,
    check_scopes,
    rotate_api_key,
)
from ledger.foundation.api_keys import (
    DEFAULT_VALIDITY,
    ApiKey,
    ListedKey,
    NewApiKey,
    create_api_key,
    list_api_keys,
)
from ledger.foundation.api_keys import revoke_api_key as revoke
from ledger.foundation.grants import SIGNED_BY_PERSONS, get_permissions, grant_role
from ledger.foundation.organisations import get_merchant, list_tenants
from ledger.foundation.roles import known_permissions, shipped_roles
from ledger.foundation.sign_in import find_person_by_sign_in_name
from ledger.settings import read_settings
from ops.cli.database_work import in_transaction
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    moment_words,
    new_parser,
    read_name,
    table,
    whole_number,
)
from ops.cli.tenants import SYSTEM, get_tenant

#: Nobody remembers a key for longer; the pages offer a year at most.
_LONGEST_DAYS = 730
_DAYS: dict[str, Any] = {"type": whole_number(1, _LONGEST_DAYS), "default": DEFAULT_VALIDITY.days}
_SYSTEM_ROLE = "integration"
_TILL_ROLE = "merchant_operator"
_WHERE_MERCHANTS_ARE = "It stands in the address of the merchant's page."
_CREATE_EXAMPLE = """\
gongzhang api-key create erp --tenant ID --scope entries.post --days 90
gongzhang api-key create till-7 --tenant ID --merchant MERCHANT_ID
gongzhang api-key create 'my scripts' --person chen"""
_ROTATE_EXAMPLE = "gongzhang api-key rotate ID --overlap-days 7"
_REVOKE_EXAMPLE = "gongzhang api-key revoke ID --reason 'the till was stolen'"


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "api-key",
        summary="Create, list, rotate or revoke API keys.",
        example=f"{_CREATE_EXAMPLE}\ngongzhang api-key list\n{_ROTATE_EXAMPLE}\n{_REVOKE_EXAMPLE}",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = new_parser(
        actions,
        "create",
        summary="Create a key; its secret is printed now and never again.",
        example=_CREATE_EXAMPLE,
    )
    wide = sorted(code for code, role in shipped_roles().items() if not role.limited)
    create.add_argument("name", type=read_name, help="what the key is for")
    create.add_argument("--tenant", help="id of the programme or estate")
    create.add_argument("--role", choices=wide, help="what the system may do there (integration)")
    create.add_argument(
        "--merchant", metavar="ID", help="a till of this merchant, in this programme: bound to it"
    )
    create.add_argument(
        "--person", metavar="SIGN_IN_NAME", help="acts as this person, with the person's roles"
    )
    create.add_argument(
        "--scope",
        action="append",
        choices=sorted(known_permissions()),
        metavar="PERMISSION",
        help="limit the key to this permission; may be given several times",
    )
    create.add_argument("--days", **_DAYS, help="valid for so many days, at most two years")
    new_parser(actions, "list", summary="List keys in force.", example="gongzhang api-key list")
    rotating = new_parser(
        actions,
        "rotate",
        summary="Make a key in place of another; both are good for some days.",
        example=_ROTATE_EXAMPLE,
    )
    rotating.add_argument("id", help="id of the key, as the list shows it")
    rotating.add_argument(
        "--overlap-days",
        type=whole_number(0, LONGEST_OVERLAP.days),
        default=DEFAULT_OVERLAP.days,
        help="the old key goes on for so many days, at most 30",
    )
    rotating.add_argument("--days", **_DAYS, help="the new key is valid for so many")
    ending = new_parser(actions, "revoke", summary="End a key.", example=_REVOKE_EXAMPLE)
    ending.add_argument("id", help="id of the key, as the list shows it")
    ending.add_argument("--reason", required=True, help="why; goes to the audit log")


def run(args: argparse.Namespace) -> int:
    """Create, list, rotate or revoke."""
    actions = {"create": _create, "list": _list, "rotate": _rotate, "revoke": _revoke}
    actions[args.action](args)
    return 0


def _create(args: argparse.Namespace) -> None:
    _check_whose(args)
    make = _make_for_person if args.person else _make_for_system
    made = in_transaction(read_settings(), lambda conn: make(conn, args))
    text = f"{made.secret}\nShown only now. Its id, for revoking: {made.key.api_key_id}"
    answer(args, text, secret=made.secret, **_facts(made.key))


def _check_whose(args: argparse.Namespace) -> None:
    """A key is a person's, or a till's, or another system's."""
    if args.person and (args.tenant or args.role or args.merchant):
        raise CommandFailed(
            "A key of a person has the person's own roles: leave out --tenant, --role, --merchant."
        )
    if not args.person and not args.tenant:
        raise CommandFailed("Name the programme or estate with --tenant, or a person: --person.")
    if args.role and args.merchant:
        raise CommandFailed("A till of a merchant has the role merchant_operator: no --role.")
    role = shipped_roles()[args.role or _SYSTEM_ROLE]
    signed = SIGNED_BY_PERSONS.intersection(args.scope or (*role.limited, *role.wide))
    if not args.person and signed:
        raise CommandFailed(
            f"{', '.join(sorted(signed))}: a person signs this, never a system. Give the key to a "
            "person with --person, or limit it with --scope."
        )


async def _make_for_person(conn: AsyncConnection, args: argparse.Namespace) -> NewApiKey:
    person = await find_person_by_sign_in_name(conn, sign_in_name=args.person)
    if person is None:
        raise NotFound(kind="person who signs in as", id=args.person)
    made = await _make(conn, args, caller_id=person.caller_id)
    check_scopes(made.key.scopes, await get_permissions(conn, caller_id=person.caller_id))
    return made


async def _make_for_system(conn: AsyncConnection, args: argparse.Namespace) -> NewApiKey:
    tenant = await get_tenant(conn, args.tenant)
    merchant_id = None
    if args.merchant:
        await set_tenant(conn, tenant.tenant_id)
        merchant = await get_merchant(
            conn,
            tenant_id=tenant.tenant_id,
            merchant_id=_read_id("--merchant", args.merchant, _WHERE_MERCHANTS_ARE),
        )
        merchant_id = merchant.merchant_id
    made = await _make(conn, args)
    await grant_role(
        conn,
        caller_id=made.key.caller_id,
        role=_TILL_ROLE if args.merchant else args.role or _SYSTEM_ROLE,
        tenant_id=tenant.tenant_id,
        object_id=merchant_id,
        granted_by=SYSTEM,
    )
    check_scopes(made.key.scopes, await get_permissions(conn, caller_id=made.key.caller_id))
    return made


async def _make(
    conn: AsyncConnection, args: argparse.Namespace, *, caller_id: int | None = None
) -> NewApiKey:
    return await create_api_key(
        conn,
        name=args.name,
        created_by=SYSTEM,
        caller_id=caller_id,
        scopes=args.scope,
        validity=timedelta(days=args.days),
    )


def _read_id(field: str, text: str, remedy: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(field=field, value=text, remedy=remedy) from error


def _list(args: argparse.Namespace) -> None:
    keys = in_transaction(read_settings(), _list_with_places)
    rows = [("id", "begins", "until", "last used", "whose", "scopes", "name")]
    for key, places in keys:
        rows.append(
            (
                str(key.api_key_id),
                key.hint,
                moment_words(key.expires_at),
                "never" if key.last_used_on is None else f"{key.last_used_on}",
                "; ".join(places) if key.holder is None else f"person: {key.holder}",
                "all of its roles" if key.scopes is None else ",".join(sorted(key.scopes)),
                key.name,
            )
        )
    text = "\n".join(table(rows)) if keys else "No key is in force."
    items = [
        {**_facts(key), "begins": key.hint, "person": key.holder, "places": places}
        for key, places in keys
    ]
    answer(args, text, items=items)


async def _list_with_places(conn: AsyncConnection) -> list[tuple[ListedKey, list[str]]]:
    """Keys in force; of a system where it works, with its merchant or else its role."""
    names = {one.tenant_id: one.name for one in await list_tenants(conn)}
    found: list[tuple[ListedKey, list[str]]] = []
    for key in await list_api_keys(conn):
        places: list[str] = []
        if key.holder is None:
            held = await get_permissions(conn, caller_id=key.caller_id)
            for one in held.roles:
                works_as = one.role
                if one.role == _TILL_ROLE and one.tenant_id and one.object_id:
                    await set_tenant(conn, one.tenant_id)
                    merchant = await get_merchant(
                        conn, tenant_id=one.tenant_id, merchant_id=one.object_id
                    )
                    works_as = f"till of {merchant.name}"
                place = "everywhere" if one.tenant_id is None else names[one.tenant_id]
                places.append(f"{place}: {works_as}")
        found.append((key, places))
    return found


def _rotate(args: argparse.Namespace) -> None:
    api_key_id = _read_id("id", args.id, "See: gongzhang api-key list")

    async def rotate(conn: AsyncConnection) -> NewApiKey:
        return await rotate_api_key(
            conn,
            api_key_id=api_key_id,
            rotated_by=SYSTEM,
            overlap=timedelta(days=args.overlap_days),
            validity=timedelta(days=args.days),
        )

    made = in_transaction(read_settings(), rotate)
    text = (
        f"{made.secret}\nShown only now. Its id: {made.key.api_key_id}\n"
        f"The old key goes on for {args.overlap_days} days."
    )
    answer(args, text, secret=made.secret, **_facts(made.key))


def _revoke(args: argparse.Namespace) -> None:
    api_key_id = _read_id("id", args.id, "See: gongzhang api-key list")

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
