"""Everything but pages: feeds, citations, edition.json, sitemaps."""
