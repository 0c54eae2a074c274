"""arXiv's feed, listing, API, OAI-PMH and snapshot: bytes in, records out."""
