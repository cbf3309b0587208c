"""Rows that every database holds: units, the tenant counter, the system as a caller."""

from alembic import op

revision = "0002"
down_revision = "0001"

UNITS = """
INSERT INTO books.unit (unit_code, name_zh, name_en, per_major) VALUES
    ('minute', '小时', 'hour', 60),
    ('point', '分', 'point', 100),
    ('star', '分', 'star point', 100),
    ('fen', '元', 'yuan', 100)
"""


def upgrade() -> None:
    """Insert the reference rows."""
    op.execute(UNITS)
    op.execute("INSERT INTO books.tenant_counter (last_tenant_id) VALUES (0)")
    op.execute(
        "INSERT INTO foundation.caller (caller_id, kind, created_at) "
        "OVERRIDING SYSTEM VALUE VALUES (1, 'system', now())"
    )
