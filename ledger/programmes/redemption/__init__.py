"""Points at merchants: contracts, one-time codes, authorise, capture, void, refund, receipts."""
