"""Use cases that cross programmes."""
