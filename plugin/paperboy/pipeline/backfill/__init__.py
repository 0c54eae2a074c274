"""Days before the first build: from OAI-PMH or the bulk snapshot, merged into the archive."""
