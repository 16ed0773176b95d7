"""Known: what the user says of the pages, instead of having it found."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from synth.catalogue import CATALOGUE, find_layout
from synth.errors import UserError
from synth.layout import Layout

_SPEEDS_MM_S = (5.0, 200.0)
_GAINS_MM_MV = (1.0, 50.0)


@dataclass(frozen=True)
class Known:
    """What is known of the pages; None is found out.

    Attributes:
        layout: Name of a layout of the catalogue, or the path of a TOML file that describes one.
        speed_mm_s: Paper speed, 5 to 200 mm/s.
        gain_mm_mv: Amplitude scale of the limb leads, 1 to 50 mm/mV; chest leads keep the layout's ratio to it.
    """

    layout: str | None = None
    speed_mm_s: float | None = None
    gain_mm_mv: float | None = None

    def layouts(self) -> list[Layout]:
        """The layouts that the pages may have.

        Raises:
            UserError: If there is no such layout, or speed or gain cannot be.
        """
        for name, value, unit, (low, high) in (
            ("speed", self.speed_mm_s, "mm/s", _SPEEDS_MM_S),
            ("gain", self.gain_mm_mv, "mm/mV", _GAINS_MM_MV),
        ):
            if value is not None and not low <= value <= high:
                raise UserError(f"a {name} of {value:g} {unit} cannot be; give {low:g} to {high:g}")
        return [self.applied(layout) for layout in ([self._named()] if self.layout else CATALOGUE.values())]

    def _named(self) -> Layout:
        assert self.layout is not None
        if not self.layout.endswith(".toml"):
            return find_layout(self.layout)
        from synth.recipe import load_layout  # with every step of the chain, which reading does without

        return load_layout(self.layout)

    def allows(self, layout: Layout) -> bool:
        """Whether a layout has the known speed and gain."""
        return self.speed_mm_s in (None, layout.speed_mm_s) and self.gain_mm_mv in (None, layout.gain_mm_mv)

    def applied(self, layout: Layout) -> Layout:
        """A layout whose ink stands where it did, its pulses included, read at the known speed and gain."""
        slower = layout.speed_mm_s / (self.speed_mm_s or layout.speed_mm_s)
        pulse = layout.pulse and msgspec.structs.replace(layout.pulse, width_s=layout.pulse.width_s * slower)
        none = msgspec.structs.replace(layout, pulse=None).at(speed_mm_s=self.speed_mm_s, gain_mm_mv=self.gain_mm_mv)
        return msgspec.structs.replace(none, pulse=pulse)


#: Everything is found out.
NOTHING = Known()
