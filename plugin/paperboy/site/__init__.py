"""The pages workshop: editions and translations in, Markdown pages and data out."""
