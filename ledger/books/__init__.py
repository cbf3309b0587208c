"""The double-entry engine: units, accounts, entries, transfers, holds, balances, proofs."""
