"""What covers a page or is cut out of it."""

from __future__ import annotations

from synth.degrade.covers.cover import Holes, Redaction, Sticker
from synth.degrade.covers.folded import DogEar
from synth.degrade.covers.staple import Staple
from synth.degrade.covers.torn import Tear

#: Every cover a recipe may name.
AnyCover = Redaction | Sticker | Holes | Tear | DogEar | Staple
