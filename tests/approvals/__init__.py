"""What two people decide, on a real database."""
