"""Parts of a page: the card of a paper and what stands on it."""
