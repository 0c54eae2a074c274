"""The third stage: the units of the site, and what is cached of them."""
