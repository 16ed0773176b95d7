"""The physical chain: one file per stage, one class per step."""
