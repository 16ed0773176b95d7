"""Which printed format a page has, what says so, and where its names lie."""
