"""Proofs of trusts: bills and payments equal the entries that they say they are."""

from ledger.books.proofs import register_proof
from ledger.database import load_sql

for _name in ("fee_bills_match_their_entries", "payments_have_two_signatures"):
    register_proof(_name, load_sql("ledger.programmes.trust", f"proof_{_name}"))
