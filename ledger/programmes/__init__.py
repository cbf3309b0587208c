"""What the books are kept for: one module or package a programme."""
