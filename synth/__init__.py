"""Signals to pages: the printed page, its degradations, and labels exact to a fraction of a pixel."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_HOMES = {
    "catalogue": ("CATALOGUE", "find_layout"),
    "errors": ("UserError",),
    "generate": ("generate",),
    "layout": ("Layout",),
    "recipe": ("Recipe", "load_recipe"),
    "record": ("LEADS", "EcgRecord", "find_records", "read_record", "write_record"),
    "sample": ("Sample", "Trace"),
    "store": ("read_sample", "write_sample"),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is: who only reads pages need not wait for all that draws them."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f"synth.{home}"), name)
            globals()[name] = value  # in the place of a module of the same name, too
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
