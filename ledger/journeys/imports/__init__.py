"""People and organisations from a file: previewed line by line, written once when confirmed.

Source: docs/decisions/0054-imports.md
"""
