"""Which bank line is which book line, and why: passes in order, the same for database and files."""
