"""Layout: a printed format as data, in millimetres of paper. The formats that ship are in `catalogue`."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from synth.fonts import check_font
from synth.parts import Field, Grid, LeadName, Length, Positive, Pulse, Separator
from synth.record import LEADS

#: The name of a layout.
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9+_-]+$")]

_LIMB = LEADS[:6]


class Layout(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A printed format.

    Attributes:
        name: Letters, digits, `+`, `_`, `-`.
        about: One line for people.
        page_mm: Paper (width, height).
        rows: Leads of each row, left to right. `-aVR` is aVR drawn upside down.
        rhythm: Leads printed over the whole width, below the rows.
        columns: `sequential`: each column is the next stretch of time; `simultaneous`: all begin at time 0.
        column_s: Seconds per column.
        rhythm_s: Seconds of a rhythm strip; where null, as many as the columns are wide, or four of them.
        gap_mm: Clear paper between columns; time stands still there.
        clear_mm: Clear paper at the end of every lead, whose time passes all the same.
        speed_mm_s: Paper speed.
        gain_mm_mv: Amplitude scale.
        chest_gain_mm_mv: That of V1 .. V6; `gain_mm_mv` where null.
        t0_mm: x of time 0, from the paper's left edge.
        zero_mm: y of 0 mV of every row, then of every rhythm strip, from the paper's top edge.
        pulse: Calibration pulse; none where null.
        separator: Mark between columns; none where null.
        lead_name: Place and size of lead names; none are printed where null.
        grid: The paper's grid.
        fields: Header and footer.
        font: One of `fonts.FONTS`, for everything that names none.
    """

    name: Name
    about: str = ""
    page_mm: tuple[Positive, Positive] = (279.4, 215.9)
    rows: tuple[tuple[str, ...], ...] = ()
    rhythm: tuple[str, ...] = ()
    columns: Literal["sequential", "simultaneous"] = "sequential"
    column_s: Positive = 2.5
    rhythm_s: Positive | None = None
    gap_mm: Length = 0.0
    clear_mm: Length = 0.0
    speed_mm_s: Positive = 25.0
    gain_mm_mv: Positive = 10.0
    chest_gain_mm_mv: Positive | None = None
    t0_mm: float
    zero_mm: tuple[float, ...]
    pulse: Pulse | None = Pulse()
    separator: Separator | None = Separator()
    lead_name: LeadName | None = LeadName()
    grid: Grid = Grid()
    fields: tuple[Field, ...] = ()
    font: str = "arimo-400"

    def __post_init__(self) -> None:
        """Refuse a layout that contradicts itself."""
        self._check_leads()
        self._check_width()
        self._check_height()
        check_font(self.font)

    def _check_leads(self) -> None:
        if len({len(row) for row in self.rows}) > 1:
            said = ", ".join(str(len(row)) for row in self.rows)
            raise ValueError(f"rows must hold equally many leads, got {said}; put full-width leads in `rhythm`")
        if not all(self.rows):
            raise ValueError("a row without leads; name some in it, or leave it away")
        named = [lead for row in (*self.rows, self.rhythm) for lead in row]
        unknown = [lead for lead in named if lead.removeprefix("-") not in LEADS]
        if unknown:
            said = f"unknown lead {unknown[0]!r}; leads are {', '.join(LEADS)}"
            raise ValueError(f"{said}, and with a minus those drawn upside down, such as '-aVR'")
        if not named:
            raise ValueError("a layout without traces; name leads in `rows` or `rhythm`")
        strips = len(self.rows) + len(self.rhythm)
        if len(self.zero_mm) != strips:
            raise ValueError(f"zero_mm needs {strips} values, one per row and rhythm strip, got {len(self.zero_mm)}")

    def _check_width(self) -> None:
        left, right, paper = self.t0_mm, self.right_mm, f"{self.page_mm[0]:g} mm wide paper"
        if not 0.0 <= left < right <= self.page_mm[0]:
            said = f"traces run from {left:g} to {right:.1f} mm, off the {paper}"
            raise ValueError(f"{said}; change t0_mm, column_s, speed_mm_s or page_mm")
        wide = (self.column_s if self.rows else self.strip_s) * self.speed_mm_s
        if self.clear_mm >= wide / 2.0:
            raise ValueError(f"clear_mm {self.clear_mm:g} leaves little of leads {wide:g} mm wide; make it smaller")
        if self.pulse is not None:
            room = self.pulse_mm
            left -= room if self.pulse.side in ("left", "both") else 0.0
            right += room if self.pulse.side in ("right", "both") else 0.0
            if not 0.0 <= left < right <= self.page_mm[0]:
                said = f"with their pulses rows run from {left:.1f} to {right:.1f} mm, off the {paper}"
                raise ValueError(f"{said}; move t0_mm, or narrow the pulse or its feet_mm and gap_mm")

    def _check_height(self) -> None:
        width, height = self.page_mm
        if not all(0.0 <= y <= height for y in self.zero_mm):
            raise ValueError(f"zero_mm {list(self.zero_mm)} leaves the {height:g} mm high paper; lower it")
        left, top, right, bottom = self.grid_box_mm
        if left < 0.0 or top < 0.0 or right > width or bottom > height:
            said = f"the grid's box_mm {[left, top, right, bottom]} leaves the {width:g} x {height:g} mm paper"
            raise ValueError(f"{said}; make it smaller")
        if not all(top <= y <= bottom for y in self.zero_mm):
            raise ValueError(f"zero_mm {list(self.zero_mm)} leaves the grid's box_mm ({top:g} to {bottom:g} mm)")
        for field in self.fields:
            if not (0.0 <= field.at_mm[0] <= width and 0.0 <= field.at_mm[1] <= height):
                raise ValueError(f"field {field.text!r} at {list(field.at_mm)} mm is off the paper; move its at_mm")

    @property
    def column_count(self) -> int:
        """Columns of leads; 0 if there are rhythm strips only."""
        return len(self.rows[0]) if self.rows else 0

    @property
    def strip_s(self) -> float:
        """Seconds that a rhythm strip shows."""
        return self.rhythm_s or self.column_s * (self.column_count or 4)

    @property
    def duration_s(self) -> float:
        """Seconds of the record that the page shows."""
        columns = 1 if self.columns == "simultaneous" else self.column_count
        return max(self.column_s * columns, self.strip_s if self.rhythm else 0.0)

    @property
    def right_mm(self) -> float:
        """X of the right end of the traces."""
        count = self.column_count
        wide = count * self.column_s * self.speed_mm_s + max(0, count - 1) * self.gap_mm
        return self.t0_mm + max(wide, self.strip_s * self.speed_mm_s if self.rhythm else 0.0)

    @property
    def pulse_mm(self) -> float:
        """Width of a pulse with its feet and the gap to the trace; 0 without pulses."""
        pulse = self.pulse
        return pulse.width_s * self.speed_mm_s + 2.0 * pulse.feet_mm + pulse.gap_mm if pulse else 0.0

    @property
    def grid_box_mm(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the grid."""
        return self.grid.box_mm or (0.0, 0.0, *self.page_mm)

    @property
    def grid_origin_mm(self) -> tuple[float, float]:
        """(x, y) of a crossing of the coarse grid where nothing is shifted in print."""
        return self.grid_box_mm[0] + self.grid.shift_mm[0], self.grid_box_mm[1] + self.grid.shift_mm[1]

    def at(self, *, speed_mm_s: float | None = None, gain_mm_mv: float | None = None) -> Layout:
        """The same format at another speed, columns as wide as they are, or gain, chest leads in the same ratio to it.

        Raises:
            ValueError: If a pulse is then wider than its margin.
        """
        slower = self.speed_mm_s / (speed_mm_s or self.speed_mm_s)
        more = (gain_mm_mv or self.gain_mm_mv) / self.gain_mm_mv
        return msgspec.structs.replace(
            self,
            speed_mm_s=speed_mm_s or self.speed_mm_s,
            column_s=self.column_s * slower,
            rhythm_s=self.rhythm_s and self.rhythm_s * slower,
            gain_mm_mv=gain_mm_mv or self.gain_mm_mv,
            chest_gain_mm_mv=self.chest_gain_mm_mv and self.chest_gain_mm_mv * more,
        )

    def gain_of(self, lead: str) -> float:
        """Amplitude scale of a lead in mm/mV; `lead` without sign."""
        chest = self.chest_gain_mm_mv
        return self.gain_mm_mv if chest is None or lead in _LIMB else chest

    def column_mm(self, column: int) -> float:
        """X where a column begins."""
        return self.t0_mm + column * (self.column_s * self.speed_mm_s + self.gap_mm)
