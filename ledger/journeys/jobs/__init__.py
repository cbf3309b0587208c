"""Jobs: what the service does by itself, each once a period, twice being once.

Source: docs/decisions/0051-jobs.md
"""
