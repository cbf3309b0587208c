"""What two people decide, with its effects: asking, approving, declining, withdrawing."""
