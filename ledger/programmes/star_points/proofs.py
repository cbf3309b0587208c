"""What must hold between the scored lists and the books, besides the engine's own proofs."""

from ledger.books.proofs import register_proof
from ledger.database import load_sql
from ledger.programmes.star_points.items import PACKAGE

register_proof("stars_are_scored", load_sql(PACKAGE, "proof_stars_are_scored"))
