"""Rows as leads in mV, put right by what a page shows more than once."""
