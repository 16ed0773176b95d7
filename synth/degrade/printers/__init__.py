"""Printers: how ink and grid come on paper, or on a screen."""
