"""The physical chain, a folder per section of a recipe; `steps.py` of each says what a recipe may name there."""
