"""The height of calibration pulses, from strips that are drawn here pixel by pixel."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from infer.rows.ink import trace_colour
from infer.rows.pulse import pulse_shown
from infer.rows.row import Row
from infer.rows.strips import ROWS, Y_PX_MM, column_mm, row_of
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from synth.catalogue import CATALOGUE
from synth.geometry import affine
from synth.marks import lay_pulses

GRID = np.array([0.05, 0.3, 0.3])


def strip_with_pulse(name: str, start_mm: float, *, off_mm: float = 0.0) -> list[Row]:
    """A level trace, a layout's first pulse so far above where it ought to be, and a red grid of 5 mm."""
    layout = CATALOGUE[name]
    x_mm, above = (
        column_mm(np.arange(strip_columns(layout))),
        -(np.arange(ROWS)[:, None] - row_of(np.zeros(1))) / Y_PX_MM,
    )
    pulse = lay_pulses(layout)[0]
    at = pulse[:, 0] - layout.t0_mm + LEFT_MM + start_mm
    drawn = np.interp(x_mm, at + np.arange(len(at)) * 1e-6, layout.zero_mm[0] - pulse[:, 1]) + off_mm
    ink = np.exp(-0.5 * ((above - drawn) / 0.15) ** 2)
    grid = np.exp(-0.5 * ((above + 2.5) % 5.0 - 2.5) ** 2 / 0.01) * np.ones_like(x_mm)
    strip = 240.0 * (1.0 - 0.8 * ink[..., None]) * (1.0 - grid[..., None] * GRID)
    level = np.zeros_like(x_mm)
    column = Column(level + row_of(np.zeros(1)), level, level + 1.0, *np.zeros((2, 2, len(x_mm))), x_mm, level)
    return [
        Row(column, affine(), np.zeros((8, 1, 1), "f4"), strip.astype(np.uint8), trace_colour(strip, column.row, GRID))
    ]


@pytest.mark.parametrize(("drawn", "other"), [("strip-1x1", "strip-1x1-20"), ("strip-1x1-20", "strip-1x1")])
@pytest.mark.parametrize(("start_mm", "off_mm"), [(-2.0, 0.0), (0.0, 1.2), (3.5, -1.2)])
def test_a_pulse_is_seen_at_its_own_height_and_at_no_other(
    drawn: str, other: str, start_mm: float, off_mm: float
) -> None:
    rows, axis = strip_with_pulse(drawn, start_mm, off_mm=off_mm), TimeAxis(start_mm, 1.0, 0.9)
    assert pulse_shown(rows, CATALOGUE[drawn], axis) > 0.5
    assert pulse_shown(rows, CATALOGUE[other], axis) < -0.3


def test_a_format_without_pulse_says_nothing() -> None:
    none = msgspec.structs.replace(CATALOGUE["strip-1x1"], pulse=None)
    assert pulse_shown(strip_with_pulse("strip-1x1", 0.0), none, TimeAxis(0.0, 1.0, 0.9)) == 0.0
