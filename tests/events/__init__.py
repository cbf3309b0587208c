"""What every business event must post, written by hand from the rules, not from the catalogue."""
