"""Star points of Party members: items proposed, approved, scored by month, published, released."""
