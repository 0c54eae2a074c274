"""The site: editions and translations in, pages, feeds, search and exports out."""
