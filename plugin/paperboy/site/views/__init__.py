"""Editions arranged for a page: sections, summaries, the papers of a topic."""
