"""Backups: a sealed copy of a database at one moment, and the way back."""
