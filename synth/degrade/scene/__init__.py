"""What lies around, under and over the page, and all light on it."""
