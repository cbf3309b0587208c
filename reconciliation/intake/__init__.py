"""Bank files as statement lines: one module a format, detection, safety limits."""
