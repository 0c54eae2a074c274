"""The second stage: the papers that still need a translation, at once, in batches or on a Ray cluster."""
