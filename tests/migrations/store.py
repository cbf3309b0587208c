"""Store the data set of a release, before its successor gets a migration.

    gongzhang demo --size small --no-serve      # on an empty database of PostgreSQL 15
    python -m tests.migrations.store ADDRESS NNNN

ADDRESS is a superuser's. The oldest PostgreSQL that is supported writes it, so that every newer one
can read it. Beside it belongs `data/NNNN_post.sql`.
"""

import lzma
import re
import subprocess
import sys
from pathlib import Path

DATA = Path(__file__).with_name("data")
MOST_BYTES = 300_000
#: Comments, the client's own commands, and settings that newer servers may not know.
_NOT_FOR_SERVERS = re.compile(r"^(?:--|\\|SET (?!check_function_bodies)).*\n", re.MULTILINE)


def stored_revisions() -> list[str]:
    """Revisions of which a data set is kept, oldest first."""
    return sorted(path.name.partition(".")[0] for path in DATA.glob("*.sql.xz"))


def stored_statements(revision: str) -> str:
    """Everything that makes the database of a revision, as the owner of all."""
    return lzma.decompress((DATA / f"{revision}.sql.xz").read_bytes()).decode()


def stored_posting(revision: str) -> str:
    """How a service of that revision posts."""
    return (DATA / f"{revision}_post.sql").read_text(encoding="utf-8")


def main() -> int:
    address, revision = sys.argv[1:]
    dump = subprocess.run(
        ["pg_dump", f"--dbname={address}", "--no-owner", "--inserts", "--rows-per-insert=500"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    text = re.sub(r"\n{3,}", "\n\n", _NOT_FOR_SERVERS.sub("", dump))
    packed = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    assert len(packed) <= MOST_BYTES, f"{len(packed)} bytes are too many for the repository"
    (DATA / f"{revision}.sql.xz").write_bytes(packed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
