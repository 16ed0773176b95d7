"""Signals to pages: the printed page, its degradations, and labels exact to a fraction of a pixel."""

from synth.catalogue import CATALOGUE, find_layout
from synth.errors import UserError
from synth.generate import generate
from synth.layout import Layout
from synth.recipe import Recipe, load_recipe
from synth.record import LEADS, EcgRecord, find_records, read_record, write_record
from synth.sample import Sample, Trace
from synth.store import read_sample, write_sample

__all__ = [
    "CATALOGUE",
    "LEADS",
    "EcgRecord",
    "Layout",
    "Recipe",
    "Sample",
    "Trace",
    "UserError",
    "find_layout",
    "find_records",
    "generate",
    "load_recipe",
    "read_record",
    "read_sample",
    "write_record",
    "write_sample",
]
