"""Documents as HTML and Markdown: headings, blocks, addresses, words, assets."""
