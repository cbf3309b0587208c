"""What a data directory knows of its demo: whether it is finished, and its sign-ins. Mode 0600."""

import os
from datetime import date
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_value
from ops.demo_data.sign_ins import SignIn

_FILE = "demo.json"
#: Server and database, so that a record never speaks for another database.
_IDENTITY = """\
SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
    (SELECT oid FROM pg_database WHERE datname = current_database()))"""


class DemoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The demo of one database."""

    database: str
    #: False: the building has begun and not ended.
    finished: bool
    built_on: date
    #: Public ids of the programmes and estates that the demo has made.
    tenants: tuple[UUID, ...] = ()
    sign_ins: tuple[SignIn, ...] = ()
    #: Bank files that wait to be imported.
    files: tuple[str, ...] = ()
    #: For the API, with the role integration in the first programme.
    api_key: str = ""
    #: The key of whoever signs in as staff, and of a till; empty in a demo built before them.
    staff_key: str = ""
    till_key: str = ""


async def identify_database(conn: AsyncConnection) -> str:
    """What tells this database from every other one."""
    return str(await fetch_value(conn, _IDENTITY))


def read_record(data_path: Path) -> DemoRecord | None:
    """The record of a data directory; None: no demo was ever begun there."""
    try:
        return msgspec.json.decode((data_path / _FILE).read_bytes(), type=DemoRecord)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_record(data_path: Path, record: DemoRecord) -> None:
    """Replace the record at once; only its owner can read it."""
    data_path.mkdir(parents=True, exist_ok=True)
    fresh = data_path / f"{_FILE}.{os.getpid()}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(record)))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(data_path / _FILE)
