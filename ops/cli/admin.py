"""`gongzhang admin`: give a person a sign-in and a role; help who lost the second factor."""

import argparse
import secrets
import sys

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import NotFound
from ledger.foundation.grants import grant_role
from ledger.foundation.linked_accounts import invite
from ledger.foundation.organisations import Form
from ledger.foundation.people import Person, create_person, get_person_by_volunteer_no
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.roles import shipped_roles
from ledger.foundation.second_factor import reset_second_factor
from ledger.foundation.secrets import open_secrets
from ledger.foundation.sign_in import find_person_by_sign_in_name, set_password
from ledger.settings import Settings, read_settings
from ops.cli.database import settings_with_secret
from ops.cli.database_work import in_transaction
from ops.cli.frame import (
    CommandFailed,
    Subparsers,
    answer,
    new_parser,
    read_name,
    read_sign_in_name,
)
from ops.cli.tenants import SYSTEM, get_tenant

_PASSWORD_BYTES = 12
_RESET_EXAMPLE = "gongzhang admin reset-second-factor chen --reason 'telephone lost'"
_INVITE_EXAMPLE = "gongzhang admin invite V1234567897"
#: Roles that do nothing but in one form of place.
_FORM_OF_ROLE: dict[str, Form] = {
    "branch_secretary": "programme",
    "community_staff": "programme",
    "programme_accountant": "programme",
    "subdistrict_staff": "programme",
    "committee_member": "estate",
    "owners_supervisor": "estate",
    "trustee": "estate",
}


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    parser = new_parser(
        subparsers,
        "admin",
        summary="Create a person who signs in, with a role; reset a lost second factor.",
        example=(
            "gongzhang admin create chen --display-name 陈静\n"
            "gongzhang admin create liu --display-name 刘洋 --role auditor --tenant ID\n"
            f"{_RESET_EXAMPLE}\n{_INVITE_EXAMPLE}"
        ),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = new_parser(
        actions,
        "create",
        summary="Create the person; prints a password unless one is read from standard input.",
        example="gongzhang admin create chen --display-name 陈静",
    )
    wide = sorted(code for code, role in shipped_roles().items() if not role.limited)
    create.add_argument("sign_in_name", type=read_sign_in_name, help="name to sign in with")
    create.add_argument(
        "--display-name", type=read_name, required=True, help="name as people know it"
    )
    create.add_argument("--role", choices=wide, default="platform_admin")
    where = create.add_mutually_exclusive_group()
    where.add_argument("--tenant", help="id of the one programme or estate")
    where.add_argument(
        "--everywhere", action="store_true", help="in every programme or estate, also later ones"
    )
    create.add_argument(
        "--password-stdin", action="store_true", help="read the password from standard input"
    )
    reset = new_parser(
        actions,
        "reset-second-factor",
        summary="Take a person's second factor out of use; every session of hers ends.",
        example=_RESET_EXAMPLE,
    )
    reset.add_argument("sign_in_name", type=read_sign_in_name, help="name to sign in with")
    reset.add_argument("--reason", required=True, help="why; goes to the audit log")
    inviting = new_parser(
        actions,
        "invite",
        summary="Print a code by which a person chooses a new password, or links her account "
        "at the identity provider.",
        example=_INVITE_EXAMPLE,
    )
    inviting.add_argument("volunteer_no", type=read_name, help="volunteer number of the person")


def run(args: argparse.Namespace) -> int:
    """Create a person, or reset a second factor."""
    actions = {"create": _run_create, "reset-second-factor": _run_reset, "invite": _run_invite}
    actions[args.action](args)
    return 0


def _run_create(args: argparse.Namespace) -> None:
    """Create the person, and print the password that nobody can read later."""
    given = sys.stdin.readline().rstrip("\r\n") if args.password_stdin else None
    password = secrets.token_urlsafe(_PASSWORD_BYTES) if given is None else given
    settings = settings_with_secret(read_settings())
    _expect_scope(args)
    person, scope = in_transaction(settings, lambda conn: _create(conn, settings, args, password))
    text = (
        f"{person.display_name} signs in as {args.sign_in_name}; number {person.volunteer_no}\n"
        f"role: {args.role}, {scope}"
    )
    facts = {
        "id": person.public_id,
        "volunteer_no": person.volunteer_no,
        "sign_in_name": args.sign_in_name,
        "role": args.role,
        "scope": scope,
    }
    if given is None:
        text += f"\npassword (shown only now): {password}"
        facts["password"] = password
    answer(args, text, **facts)


def _expect_scope(args: argparse.Namespace) -> None:
    """Refuse a role of programmes or estates that names none: it would reach all of them.

    Raises:
        CommandFailed: says how to name one.
    """
    if args.tenant or args.everywhere or shipped_roles()[args.role].given_in == ("platform",):
        return
    form = _FORM_OF_ROLE.get(args.role, "programme")
    raise CommandFailed(
        f"{args.role} is a role in one place: add --tenant ID; see: gongzhang {form} list. "
        "Only if it is meant for every place, also later ones: add --everywhere."
    )


def _run_reset(args: argparse.Namespace) -> None:
    async def reset(conn: AsyncConnection) -> Person:
        person = await find_person_by_sign_in_name(conn, sign_in_name=args.sign_in_name)
        if person is None:
            raise NotFound(kind="person who signs in as", id=args.sign_in_name)
        await reset_second_factor(conn, person=person, reset_by=SYSTEM, reason=args.reason)
        return person

    person = in_transaction(read_settings(), reset)
    text = f"{person.display_name} has no second factor any more, and is signed out everywhere."
    answer(args, text, id=person.public_id, sign_in_name=args.sign_in_name, reset=True)


def _run_invite(args: argparse.Namespace) -> None:
    async def make(conn: AsyncConnection) -> str:
        person = await get_person_by_volunteer_no(conn, volunteer_no=args.volunteer_no)
        return await invite(conn, person=person, invited_by=SYSTEM)

    code = in_transaction(read_settings(), make)
    text = f"{code}\nShown only now; good for three days, once, at /sign-in/invitation."
    answer(args, text, code=code)


async def _create(
    conn: AsyncConnection, settings: Settings, args: argparse.Namespace, password: str
) -> tuple[Person, str]:
    """The new person, and in words where the role holds."""
    tenant = None if args.tenant is None else await get_tenant(conn, args.tenant)
    form = _FORM_OF_ROLE.get(args.role)
    if tenant is not None and form not in (None, tenant.form):
        raise CommandFailed(
            f"{args.role} is for one {form}, and {tenant.name} is of the form {tenant.form}.\n"
            f"See: gongzhang {form} list"
        )
    person = await create_person(
        conn, display_name=args.display_name, keys=PersonalDataKeys(open_secrets(settings))
    )
    await set_password(
        conn,
        person=person,
        sign_in_name=args.sign_in_name,
        password=password,
        set_by=SYSTEM,
    )
    await grant_role(
        conn,
        caller_id=person.caller_id,
        role=args.role,
        tenant_id=None if tenant is None else tenant.tenant_id,
        granted_by=SYSTEM,
    )
    if tenant is not None:
        return person, f"in {tenant.name}"
    return person, "everywhere" if args.everywhere else "on the whole platform"
