"""The books of one estate trust: fees, receipts, expenses, payments with two signatures."""
