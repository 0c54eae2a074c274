"""Builds the search index: records in, files for the browser out, with Pagefind's index of words."""
