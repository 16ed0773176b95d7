"""Layout: a printed format as data, in millimetres of paper; and the catalogue."""

from __future__ import annotations

from typing import Annotated

import msgspec

from synth.errors import UserError
from synth.record import LEADS

#: A length, duration or scale that makes sense on paper.
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=2000.0)]

#: The name of a layout.
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+_-]+$")]


class Pulse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calibration pulse at the left of every row.

    Attributes:
        width_s: Width in seconds of paper.
        height_mv: Height in mV.
    """

    width_s: Positive = 0.2
    height_mv: Positive = 1.0


class Separator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mark between the columns of a row: a vertical bar across the row's zero line.

    Attributes:
        height_mm: Length of the bar.
        width_mm: Its width.
    """

    height_mm: Positive = 7.0
    width_mm: Positive = 0.76


class LeadName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the name of a lead is printed, from the start of its trace at zero mV.

    Attributes:
        offset_mm: (x, y) to the left end of the text's baseline.
        size_mm: Height of the font (its em).
    """

    offset_mm: tuple[float, float] = (0.4, 7.1)
    size_mm: Positive = 3.9


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printed format.

    Attributes:
        name: Letters, digits, `+`, `_`, `-`.
        about: One line for people.
        page_mm: Paper (width, height).
        rows: Leads of each row, left to right; the columns are consecutive stretches of time.
        rhythm: Leads printed over the whole width, below the rows.
        t0_mm: x of time 0, from the paper's left edge.
        zero_mm: y of 0 mV of every row, then of every rhythm strip, from the paper's top edge.
        column_s: Seconds per column.
        speed_mm_s: Paper speed.
        gain_mm_mv: Amplitude scale.
        pulse: Calibration pulse, ending at time 0 of each row; none where null.
        separator: Mark between columns; none where null.
        lead_name: Place and size of lead names.
        grid_mm: Pitch of the fine and the coarse lines, both counted from the paper's corner.
    """

    name: Name
    about: str = ""
    page_mm: tuple[Positive, Positive] = (279.4, 215.9)
    rows: tuple[tuple[str, ...], ...]
    rhythm: tuple[str, ...] = ()
    t0_mm: float
    zero_mm: tuple[float, ...]
    column_s: Positive = 2.5
    speed_mm_s: Positive = 25.0
    gain_mm_mv: Positive = 10.0
    pulse: Pulse | None = Pulse()
    separator: Separator | None = Separator()
    lead_name: LeadName = LeadName()
    grid_mm: tuple[Positive, Positive] = (1.0, 5.0)

    def __post_init__(self) -> None:
        """Refuse a layout that contradicts itself."""
        counts = {len(row) for row in self.rows}
        if len(counts) > 1:
            said = ", ".join(str(len(row)) for row in self.rows)
            raise ValueError(f"rows must hold equally many leads, got {said}; put full-width leads in `rhythm`")
        unknown = [lead for row in (*self.rows, self.rhythm) for lead in row if lead not in LEADS]
        if unknown:
            raise ValueError(f"unknown lead {unknown[0]!r}; leads are {', '.join(LEADS)}")
        strips = len(self.rows) + len(self.rhythm)
        if not strips:
            raise ValueError("a layout without traces; name leads in `rows` or `rhythm`")
        if len(self.zero_mm) != strips:
            raise ValueError(f"zero_mm needs {strips} values, one per row and rhythm strip, got {len(self.zero_mm)}")
        right = self.t0_mm + self.duration_s * self.speed_mm_s
        if not 0.0 <= self.t0_mm < right <= self.page_mm[0]:
            said = f"traces run from {self.t0_mm:g} to {right:.1f} mm, off the {self.page_mm[0]:g} mm wide paper"
            raise ValueError(f"{said}; change t0_mm, column_s, speed_mm_s or page_mm")
        if not all(0.0 <= y <= self.page_mm[1] for y in self.zero_mm):
            raise ValueError(f"zero_mm {list(self.zero_mm)} leaves the {self.page_mm[1]:g} mm high paper; lower it")

    @property
    def duration_s(self) -> float:
        """Seconds that the whole width shows."""
        return self.column_s * (len(self.rows[0]) if self.rows else 4)


#: The competition's page (FIELD.md part 1): 2200 x 1700 px at 200 dpi.
COMPETITION = Layout(
    name="3x4+II",
    about="the PhysioNet competition's page: letter, 3 rows of 4 leads and rhythm strip II",
    rows=(("I", "aVR", "V1", "V4"), ("II", "aVL", "V2", "V5"), ("III", "aVF", "V3", "V6")),
    rhythm=("II",),
    t0_mm=15.0,
    zero_mm=(89.96, 125.95, 161.93, 194.91),
)

#: Every layout a recipe may name.
CATALOGUE: dict[str, Layout] = {layout.name: layout for layout in (COMPETITION,)}


def find_layout(name: str) -> Layout:
    """The catalogue's layout of that name.

    Raises:
        UserError: If there is none.
    """
    if name not in CATALOGUE:
        raise UserError(f"layout {name!r} is not in the catalogue; there are: {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
