"""A migration may run while services of the release before work on the same tables."""

import re
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from ledger.migrations import statements
from ops.migrator import alembic_config
from ops.schema_state import head_revision, known_revisions
from tests.tidy.sources import without_comments

VERSIONS = Path(statements.__file__).parent / "versions"
#: The first release; its tables were new.
FIRST = {"0001", "0002"}
CREATED = re.compile(r"\bCREATE TABLE (?:IF NOT EXISTS )?([\w.]+)", re.IGNORECASE)
#: What must not happen to a table in use → why, and what to do instead.
DANGERS = (
    (
        re.compile(r"ALTER TABLE (?:ONLY )?([\w.]+).*\bADD COLUMN (?!.*\bDEFAULT\b).*\bNOT NULL\b"),
        (
            "NOT NULL without a default fails on rows that are there: add it nullable, fill it, "
            "then add a check NOT VALID and validate it in the next release"
        ),
    ),
    (
        re.compile(
            r"ALTER TABLE (?:ONLY )?([\w.]+).*\bADD COLUMN .*\bDEFAULT\s+"
            r"(?:clock_timestamp|random|gen_random_uuid|uuidv7|nextval)|"
            r"ALTER TABLE (?:ONLY )?([\w.]+).*\bADD COLUMN .*\bGENERATED\b"
        ),
        "a default that differs by row rewrites the table: add the column without it",
    ),
    (
        re.compile(r"ALTER TABLE (?:ONLY )?([\w.]+).*\bALTER COLUMN .*\bTYPE\b"),
        "another type rewrites the table: add a second column and change over in two releases",
    ),
    (
        re.compile(r"ALTER TABLE (?:ONLY )?([\w.]+).*\bALTER COLUMN .*\bSET NOT NULL\b"),
        "it reads the whole table under lock: add a check NOT VALID, validate it, then set it",
    ),
    (
        re.compile(
            r"ALTER TABLE (?:ONLY )?([\w.]+).*\bADD (?:CONSTRAINT \w+ )?"
            r"(?:CHECK|FOREIGN KEY)(?!.*\bNOT VALID\b)"
        ),
        "it reads the whole table under lock: add it NOT VALID and validate it afterwards",
    ),
    (
        re.compile(
            r"ALTER TABLE (?:ONLY )?([\w.]+).*\bADD (?:CONSTRAINT \w+ )?(?:UNIQUE|PRIMARY|EXCLUDE)"
        ),
        "it builds an index under lock: the table needs a successor",
    ),
    (
        re.compile(r"ALTER TABLE (?:ONLY )?([\w.]+).*\b(?:DROP COLUMN|RENAME)\b"),
        "a running service still names it: stop using it in one release, remove it in the next",
    ),
    (
        re.compile(r"(?:DROP TABLE|TRUNCATE)(?: IF EXISTS| ONLY)? ([\w.]+)"),
        "a running service still uses it: stop using it in one release, remove it in the next",
    ),
    (
        re.compile(r"(?:VACUUM FULL|CLUSTER|REINDEX TABLE) ([\w.]+)"),
        "it rewrites the table under lock",
    ),
    (
        re.compile(r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY)[\w ]+? ON (?:ONLY )?([\w.]+)"),
        "it keeps writers out while it is built: only on a small table, and agreed below",
    ),
)
#: Removed in the second of two releases, or a small table: "number table" → why it does no harm.
AGREED = {
    "0004 foundation.role_grant": "a few rows a person; read in an instant",
    "0005 foundation.sign_in_method": "a row or two a person; read in an instant",
    "0013 foundation.person": "few numbers were kept before; half a second for a million people",
    "0005 foundation.audit_log": "precedes the first installation that has one of any length",
    "0011 foundation.audit_log": "likewise",
    "0011 foundation.audit_link": "likewise; only the job that seals writes it",
    "0018 foundation.webhook_delivery": "likewise: the release that brings webhooks sweeps them",
    "0021 programmes.trust_fee_bill": "a row a unit and month; written and read once a month",
}


def clauses(statement: str) -> list[str]:
    """A statement on one line; of an ALTER TABLE each clause as a statement of its own."""
    line = " ".join(statement.split())
    table = re.match(r"ALTER TABLE (?:ONLY )?[\w.]+ ", line)
    if table is None:
        return [line]
    rest = line[table.end() :]
    parts = re.split(r", (?=(?:ADD|DROP|ALTER|RENAME|VALIDATE|SET)\b)", rest)
    return [table[0] + part for part in parts]


def dangers_of(sql: str) -> list[str]:
    """What a migration does to tables that it has not made itself."""
    text = without_comments(sql)
    own = set(CREATED.findall(text))
    found = []
    for line in (part for statement in text.split(";") for part in clauses(statement)):
        for pattern, why in DANGERS:
            for match in pattern.finditer(line):
                table = next(group for group in match.groups() if group)
                if table not in own:
                    found.append(f"{table}: {why}")
    return found


def migrations() -> list[Path]:
    """The text of every migration after the first release."""
    files = [*VERSIONS.glob("*.sql"), *VERSIONS.glob("*.py")]
    return sorted(path for path in files if path.name[:4] not in FIRST)


def test_no_migration_harms_a_table_in_use() -> None:
    found = {
        f"{path.name} {danger}"
        for path in migrations()
        for danger in dangers_of(path.read_text(encoding="utf-8"))
        if f"{path.name[:4]} {danger.partition(':')[0]}" not in AGREED
    }
    assert found == set()


@pytest.mark.parametrize(
    ("sql", "is_dangerous"),
    [
        ("ALTER TABLE books.entry ADD COLUMN note TEXT", False),
        ("ALTER TABLE books.entry ADD COLUMN note TEXT DEFAULT '' NOT NULL", False),
        ("ALTER TABLE books.entry ADD COLUMN note TEXT NOT NULL DEFAULT ''", False),
        ("ALTER TABLE books.entry ADD COLUMN note TEXT NOT NULL", True),
        ("ALTER TABLE books.entry ADD COLUMN a INT, ADD CHECK (b IS NOT NULL) NOT VALID", False),
        ("ALTER TABLE books.entry ADD COLUMN a INT DEFAULT 0, ADD COLUMN b INT NOT NULL", True),
        ("ALTER TABLE books.entry ADD COLUMN id UUID DEFAULT gen_random_uuid()", True),
        ("ALTER TABLE books.entry ADD COLUMN n INT GENERATED ALWAYS AS IDENTITY", True),
        ("ALTER TABLE books.entry ALTER COLUMN kind TYPE bigint", True),
        ("ALTER TABLE books.entry ALTER COLUMN kind SET NOT NULL", True),
        ("ALTER TABLE books.entry ADD CONSTRAINT a CHECK (kind > 0)", True),
        ("ALTER TABLE books.entry ADD CONSTRAINT a CHECK (kind > 0) NOT VALID", False),
        ("ALTER TABLE books.entry ADD CONSTRAINT a\nFOREIGN KEY (b) REFERENCES c (b)", True),
        ("ALTER TABLE books.entry ADD CONSTRAINT a UNIQUE (kind)", True),
        ("ALTER TABLE books.entry DROP COLUMN kind", True),
        ("ALTER TABLE books.entry RENAME kind TO sort", True),
        ("DROP TABLE books.entry", True),
        ("CREATE INDEX a ON books.entry (kind)", True),
        ("CREATE TABLE books.new (a INT); CREATE UNIQUE INDEX a ON books.new (a)", False),
        (
            (
                "CREATE TABLE books.new (a INT, CHECK (a > 0)); ALTER TABLE books.new "
                "ALTER COLUMN a SET NOT NULL"
            ),
            False,
        ),
        ("-- DROP TABLE books.entry", False),
    ],
)
def test_dangerous_forms_are_told_from_harmless_ones(sql: str, is_dangerous: bool) -> None:
    assert bool(dangers_of(sql)) is is_dangerous


def test_the_numbers_of_the_files_are_what_alembic_knows() -> None:
    directory = ScriptDirectory.from_config(alembic_config())
    assert known_revisions() == {script.revision for script in directory.walk_revisions()}
    assert head_revision() == directory.get_current_head()
