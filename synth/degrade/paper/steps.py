"""What print and paper suffer before the page is pictured."""

from __future__ import annotations

from synth.degrade.paper.back import ShowThrough
from synth.degrade.paper.dirt import Dirt
from synth.degrade.paper.mould import Mould
from synth.degrade.paper.thermal import Heat
from synth.degrade.paper.tint import Stain, Yellowing
from synth.degrade.paper.wear import Rubbed
from synth.degrade.paper.wet import Soak
from synth.degrade.paper.writing.handwriting import Handwriting
from synth.degrade.paper.writing.highlighter import Highlighter
from synth.degrade.paper.writing.stamp import Stamp

#: Every paper step a recipe may name.
AnyPaperStep = Yellowing | Stain | Mould | Dirt | Soak | ShowThrough | Rubbed | Heat | Handwriting | Highlighter | Stamp
