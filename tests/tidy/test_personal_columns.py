"""Every column that may hold something about a person says what becomes of it."""

import re
import tomllib

from sqlalchemy import LargeBinary, Text

from ledger.schema import metadata
from ledger.schema.base import ERASABLE
from tests.tidy.sources import ROOT

REGISTRY = ROOT / "ledger" / "foundation" / "data" / "personal_columns.toml"
#: Names under which something about a person is written down.
SUSPICIOUS = re.compile(
    r"_sealed$|^display_name$|^phone|^id_number|address|memo$|remark|words|^notes?$|counterparty_"
    r"|^counterparty$|raw_text|birth|^born|subject$|evidence|reason$|summary|device|secret_hash"
    r"|relative|proof_no|paper_no|e_?mail|^content$|^preview$|^activity$|^place$"
)
HELD = (Text, LargeBinary)


def columns() -> set[str]:
    return {
        f"{table.fullname}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
    }


def suspicious() -> set[str]:
    return {
        f"{table.fullname}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if SUSPICIOUS.search(column.name) and isinstance(column.type, HELD)
    }


def registry() -> dict[str, dict[str, str]]:
    return tomllib.loads(REGISTRY.read_text("utf-8"))


def test_no_column_about_people_is_forgotten() -> None:
    known = [name for treatment in registry().values() for name in treatment]
    assert len(known) == len(set(known)), "one treatment a column"
    assert suspicious() - set(known) == set(), f"say what becomes of them in {REGISTRY.name}"
    assert set(known) <= columns(), "a column that is no more"


def test_what_is_under_a_persons_key_says_so_in_its_name() -> None:
    assert all(name.endswith("_sealed") for name in registry()["key"])


def test_what_expires_can_be_emptied_and_nothing_else_of_its_table() -> None:
    expiring = {name.rpartition(".")[0::2] for name in registry()["expires"]}
    for table in {table for table, _ in expiring}:
        erasable = set(metadata.tables[table].info[ERASABLE])
        assert erasable == {column for name, column in expiring if name == table}
