"""What happens to a sheet before it is pictured: what its print and paper suffer, what covers it, how it lies."""

from __future__ import annotations

from synth.degrade.back import ShowThrough
from synth.degrade.cover import Holes, Redaction, Sticker
from synth.degrade.crumple import Crumple
from synth.degrade.folded import DogEar
from synth.degrade.highlighter import Highlighter
from synth.degrade.mould import Mould
from synth.degrade.sheet import Curl, Fold, Gutter, Wave
from synth.degrade.stamp import Stamp
from synth.degrade.staple import Staple
from synth.degrade.thermal import Heat
from synth.degrade.tint import Dirt, Stain, Yellowing
from synth.degrade.torn import Tear
from synth.degrade.wear import Rubbed
from synth.degrade.wet import Soak
from synth.degrade.writing import Handwriting

#: Every paper step a recipe may name.
AnyPaperStep = Yellowing | Stain | Mould | Dirt | Soak | ShowThrough | Rubbed | Heat | Handwriting | Highlighter | Stamp

#: Every cover a recipe may name.
AnyCover = Redaction | Sticker | Holes | Tear | DogEar | Staple

#: Every sheet step a recipe may name.
AnySheetStep = Fold | Crumple | Curl | Gutter | Wave
