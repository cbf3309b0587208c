"""Load over HTTP; knows nothing of the product but its addresses."""
