"""Settings: what users of a device choose of its format: gain, paper speed, the leads of rhythm strips."""

from __future__ import annotations

import contextlib
from typing import Annotated

import msgspec
import numpy as np

from synth.layout import Layout
from synth.ranges import Ranged, Within, pick
from synth.record import LEADS

_GAINS_MM_MV = (1.0, 50.0)
_SPEEDS_MM_S = (5.0, 200.0)


class Settings(Ranged, frozen=True, kw_only=True):
    """How often pages are printed at other settings than their format's own.

    Attributes:
        gain: Probability of one of `gains_mm_mv`.
        gains_mm_mv: Gains of the limb leads, in [1, 50]; chest leads keep their ratio to it.
        speed: Probability of one of `speeds_mm_s`, columns as wide as before, where pulses then still fit on the paper.
        speeds_mm_s: Paper speeds, in [5, 200].
        rhythm: Probability, of each rhythm strip, of a lead that the rows show and no other strip does.
    """

    gain: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0
    gains_mm_mv: tuple[float, ...] = (5.0, 20.0)
    speed: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0
    speeds_mm_s: tuple[float, ...] = (50.0,)
    rhythm: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.0

    def __post_init__(self) -> None:
        """Check probabilities and values."""
        super().__post_init__()
        for name, values, (low, high) in (
            ("gains_mm_mv", self.gains_mm_mv, _GAINS_MM_MV),
            ("speeds_mm_s", self.speeds_mm_s, _SPEEDS_MM_S),
        ):
            if not values or not all(low <= value <= high for value in values):
                raise ValueError(f"{name} must name values within [{low:g}, {high:g}], got {list(values)}")

    def applied(self, layout: Layout, rng: np.random.Generator) -> Layout:
        """A layout as some user prints it."""
        asked, chosen = rng.uniform(size=2 + len(layout.rhythm)), rng.spawn(1)[0]
        gain, speed = pick(self.gains_mm_mv, chosen), pick(self.speeds_mm_s, chosen)
        if asked[0] < self.gain:
            layout = layout.at(gain_mm_mv=gain)
        if asked[1] < self.speed:
            with contextlib.suppress(ValueError):  # its pulse would be wider than the margin
                layout = layout.at(speed_mm_s=speed)
        rhythm = list(layout.rhythm)
        shown = {lead for row in layout.rows for lead in row if lead in LEADS}
        for strip in np.flatnonzero(asked[2:] < self.rhythm):
            others = sorted(shown - set(rhythm))
            rhythm[strip] = pick(others, chosen) if others else rhythm[strip]
        return msgspec.structs.replace(layout, rhythm=tuple(rhythm))
