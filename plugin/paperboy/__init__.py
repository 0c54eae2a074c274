"""paperboy: the day's arXiv announcements, translated and complete, as an MkDocs site."""

__version__ = "0.1.0"
