"""How a sheet lies: what bends it."""

from __future__ import annotations

from synth.degrade.sheet.bend import Curl, Fold, Gutter, Wave
from synth.degrade.sheet.crumple import Crumple

#: Every sheet step a recipe may name.
AnySheetStep = Fold | Crumple | Curl | Gutter | Wave
