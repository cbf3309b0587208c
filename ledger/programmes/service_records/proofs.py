"""What must hold between service records and the books, besides the engine's own proofs."""

from ledger.books.proofs import register_proof
from ledger.database import load_sql
from ledger.programmes.service_records.records import PACKAGE

SERVICE_PROOFS = (
    "services_are_credited_once",
    "service_days_add_up",
    "services_do_not_overlap",
)

for _name in SERVICE_PROOFS:
    register_proof(_name, load_sql(PACKAGE, f"proof_{_name}"))
