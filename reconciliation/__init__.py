"""Bank files in, statement lines, matches, breaks and the 余额调节表. It posts nothing."""
