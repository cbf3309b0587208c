"""What a start does not load: it would cost every process time and memory it has no use for."""

import subprocess
import sys

import pytest

APPLICATION = """
from api.app import create_app
from ledger.settings import Settings
create_app(Settings(database_url="postgresql://nowhere", secret_key="0" * 64))
"""


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import ops.cli.main", {"sqlalchemy", "alembic", "litestar", "granian"}),
        ("import ops.cli.serve", {"alembic", "litestar", "pgqueuer"}),
        (APPLICATION, {"pydantic", "pgqueuer", "alembic", "joserfc"}),
    ],
    ids=["command", "parent", "web process"],
)
def test_a_start_loads_nothing_heavy_in_vain(code: str, heavy: set[str]) -> None:
    told = f"{code}\nimport sys; print(*sorted({heavy!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.split() == []
