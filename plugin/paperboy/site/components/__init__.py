"""The components of a page: a paper's card and its parts."""
