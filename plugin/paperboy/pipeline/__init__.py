"""Fetch, translate, publish: the only room that joins sources, translation, site and storage."""
