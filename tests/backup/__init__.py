"""Backups: sealed, whole, and able to come back."""
