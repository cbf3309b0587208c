"""Proofs of redemption: what merchants were told equals what the books moved."""

from ledger.books.proofs import register_proof
from ledger.database import load_sql

for _name in ("purchases_match_their_holds", "captures_match_the_books"):
    register_proof(_name, load_sql("ledger.programmes.redemption", f"proof_{_name}"))
