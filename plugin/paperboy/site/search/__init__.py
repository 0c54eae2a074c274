"""The index of the search: records in, files for the browser out; Pagefind makes the index of words."""
