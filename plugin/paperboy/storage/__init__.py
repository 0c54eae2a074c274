"""Files: the archive and its branch, its indexes, and the caches that can be deleted."""
