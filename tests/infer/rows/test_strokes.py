"""Upright strokes of calibration pulses, measured in strips that are drawn here pixel by pixel."""

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from infer.rows.strips import HALF_MM, ROWS, Y_PX_MM, column_mm
from infer.rows.strokes import agreed, ink_over, pulse_heights, stroke_off
from synth.catalogue import CATALOGUE

COLUMNS = 640
RED = np.array([0.05, 0.4, 0.4])
HIGH_MM = 10.0


def strip_with(
    stroke_mm: float, *, line_mm: float = -50.0, right: NDArray[np.float64] | float = 0.0
) -> NDArray[np.uint8]:
    """White paper with a trace along zero, a black stroke 10 mm high at a place, and a red line at another."""
    x = column_mm(np.arange(COLUMNS)) + right
    above = HALF_MM - (np.arange(ROWS)[:, None] + 0.5) / Y_PX_MM
    stroke = np.exp(-0.5 * ((x - stroke_mm) / 0.12) ** 2) * ((above > 0.0) & (above < HIGH_MM))
    ink = np.maximum(stroke, np.exp(-0.5 * (above / 0.12) ** 2) * np.ones(COLUMNS))
    line = np.exp(-0.5 * ((x - line_mm) / 0.12) ** 2) + 0.0 * above
    paper = 230.0 * (1.0 - line[..., None] * RED) * (1.0 - 0.85 * ink[..., None])
    return np.clip(paper + np.random.default_rng(1).normal(0.0, 3.0, paper.shape), 0, 255).astype(np.uint8)


def ink_in(strip: NDArray[np.uint8], shift: NDArray[np.float64] | float = 0.0) -> NDArray[np.float64]:
    moved = np.zeros((ROWS // 4, COLUMNS // 4, 2), "f4")
    moved[..., 0] = shift
    return ink_over(strip, moved, np.full(COLUMNS, HALF_MM * Y_PX_MM - 0.5), RED, HIGH_MM)


@pytest.mark.parametrize("away", [-0.4, -0.03, 0.0, 0.17, 0.5])
def test_a_stroke_is_found_to_a_hundredth_of_a_millimetre(away: float) -> None:
    off = stroke_off(ink_in(strip_with(30.0 + away)), 30.0)
    assert off is not None
    assert abs(off - away) < 0.01


def test_a_line_of_the_grid_beside_a_stroke_does_not_move_it() -> None:
    off = stroke_off(ink_in(strip_with(30.0, line_mm=30.25)), 30.0)
    assert off is not None
    assert abs(off) < 0.02


def test_a_line_of_the_grid_is_no_stroke() -> None:
    assert stroke_off(ink_in(strip_with(50.0, line_mm=30.0)), 30.0) is None


def test_strokes_are_found_where_they_lie_on_the_straight_strip() -> None:
    bend = 0.3 * np.sin(column_mm(np.arange(COLUMNS)) / 9.0)
    off = stroke_off(ink_in(strip_with(30.0, right=bend), bend[1::4]), 30.0)
    assert off is not None
    assert abs(off) < 0.02


def test_strokes_that_disagree_or_are_few_say_nothing() -> None:
    assert agreed([0.05, 0.05, None, None, 0.05]) == 0.0
    assert agreed([0.05, -0.05, 0.05, -0.05]) == 0.0
    assert 0.03 < agreed([0.05, 0.051, None, 0.049, 0.05]) < 0.05


def test_pulses_of_chest_leads_at_half_the_gain_are_half_as_high() -> None:
    layout = msgspec.structs.replace(CATALOGUE["schiller-12x1"], gain_mm_mv=10.0, chest_gain_mm_mv=5.0)
    heights = pulse_heights(layout)
    assert {heights[zero] for zero in layout.zero_mm[:6]} == {10.0}
    assert {heights[zero] for zero in layout.zero_mm[6:]} == {5.0}
