"""The ledger: books, foundation, programmes and journeys of 共账."""
