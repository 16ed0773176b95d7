"""The paper and its age: everything that happens to a print, from its tint to what is written on it."""

from __future__ import annotations

from synth.degrade.back import ShowThrough
from synth.degrade.highlighter import Highlighter
from synth.degrade.stamp import Stamp
from synth.degrade.thermal import Heat
from synth.degrade.tint import Dirt, Mould, Stain, Yellowing
from synth.degrade.wear import Rubbed
from synth.degrade.wet import Soak
from synth.degrade.writing import Handwriting

#: Every paper step a recipe may name.
AnyPaperStep = Yellowing | Stain | Mould | Dirt | Soak | ShowThrough | Rubbed | Heat | Handwriting | Highlighter | Stamp
