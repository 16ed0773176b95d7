"""Synthetic pages to weights: `loop.train`."""
