"""The ink of a trace, measured in the pixels of strips that are drawn here with a pen of known place."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from infer.rows.ink import follow_ink, trace_colour
from infer.rows.strips import HALF_MM, ROWS, X_PX_MM, Y_PX_MM, column_mm, row_of
from infer.rows.trace import Column

COLUMNS = 1024
FINE = 6  # so many times finer the pen is drawn
GRID = np.array([0.05, 0.5, 0.5])
MM = column_mm(np.arange(COLUMNS))


def beats(mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Heights of a trace, mm: a wave every 25 mm, 12 mm high and 2 mm wide, and a slow one behind it."""
    since = mm % 25.0
    return (
        12.0 * np.exp(-0.5 * ((since - 8.0) / 0.4) ** 2)
        - 3.0 * np.exp(-0.5 * ((since - 9.2) / 0.3) ** 2)
        + 2.5 * np.exp(-0.5 * ((since - 15.0) / 1.5) ** 2)
    )


def drawn(*, width_mm: float = 0.3, grid: float = 0.5, ink: float = 0.75, noise: float = 4.0) -> NDArray[np.uint8]:
    """A dark pen line along `beats` over red lines every 5 mm, on paper that is darker to the right."""
    size = (COLUMNS * FINE, ROWS * FINE)
    mm = np.arange(0.0, COLUMNS / X_PX_MM, 0.02)
    px = np.stack([mm * X_PX_MM, (HALF_MM - beats(mm)) * Y_PX_MM], axis=1) * FINE
    # the raster is finer along the trace than across it: drawn square, then made narrow
    tall = Y_PX_MM / X_PX_MM
    square = np.zeros((round(size[1] / tall), size[0]), np.uint8)
    points = np.round(px * [1.0, 1.0 / tall] * 16.0).astype(np.int32)
    cv2.polylines(square, [points], False, 255, round(width_mm * X_PX_MM * FINE), cv2.LINE_AA, shift=4)
    pen = cv2.resize(square, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA) / 255.0
    pen = cv2.GaussianBlur(pen, (0, 0), 0.9, sigmaY=0.6)
    away = np.abs(MM - 5.0 * np.round(MM / 5.0))
    line = grid * np.exp(-0.5 * (away / 0.12) ** 2) * np.ones((ROWS, 1))
    paper = np.linspace(235.0, 190.0, COLUMNS)[:, None] * (1.0 - line[..., None] * GRID) * (1.0 - ink * pen[..., None])
    return np.clip(paper + np.random.default_rng(5).normal(0.0, noise, paper.shape), 0, 255).astype(np.uint8)


def seen(row: NDArray[np.float64]) -> Column:
    """A column as the network may say it: there, and sure to two tenths of a millimetre."""
    nothing = np.zeros((2, COLUMNS))
    return Column(row, HALF_MM - row, np.full(COLUMNS, 0.95), nothing, nothing, MM, np.full(COLUMNS, 0.05))


def off_mm(row: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far beside the trace rows lie, across its direction, away from the strip's ends."""
    slope = np.gradient(beats(MM)) * X_PX_MM
    return np.abs((row - row_of(beats(MM))) / Y_PX_MM / np.hypot(1.0, slope))[20:-20]


@pytest.mark.parametrize("width_mm", [0.2, 0.3, 0.5])
def test_a_trace_that_was_read_beside_its_ink_is_put_on_it(width_mm: float) -> None:
    read = row_of(beats(MM)) + 0.6 * np.sin(MM / 3.0)
    found = follow_ink(drawn(width_mm=width_mm), seen(read), 0.5 * GRID)
    assert np.percentile(off_mm(read), 90.0) > 0.08
    assert np.percentile(off_mm(found), 90.0) < 0.02


def test_the_tip_of_a_wave_that_was_read_too_low_is_found() -> None:
    read = row_of(0.97 * beats(MM))
    found = follow_ink(drawn(), seen(read), 0.5 * GRID)
    tips = np.flatnonzero(np.abs(MM % 25.0 - 8.0) < 0.1)
    low_mm = [float(np.mean(beats(MM)[tips] - (HALF_MM - (row[tips] + 0.5) / Y_PX_MM))) for row in (read, found)]
    assert low_mm[0] > 0.3
    assert abs(low_mm[1]) < low_mm[0] / 3.0


def test_a_trace_that_was_read_right_stays() -> None:
    found = follow_ink(drawn(), seen(row_of(beats(MM))), 0.5 * GRID)
    assert np.percentile(off_mm(found), 90.0) < 0.02


def test_where_no_line_is_seen_the_trace_is_left_as_it_was_read() -> None:
    read = row_of(beats(MM))
    assert np.array_equal(follow_ink(drawn(ink=0.0), seen(read), 0.5 * GRID), read)


def test_a_trace_that_cannot_be_is_no_error() -> None:
    slanting, jagged = np.linspace(10.0, ROWS - 10.0, COLUMNS), np.where(np.arange(COLUMNS) % 2 == 0, 40.0, ROWS - 40.0)
    for row in (slanting, jagged):
        assert np.isfinite(follow_ink(drawn(), seen(row), 0.5 * GRID)).all()


def test_the_colour_of_a_trace_leaves_lines_of_the_grid_out() -> None:
    ink = trace_colour(drawn(noise=0.0), row_of(beats(MM)), GRID)
    assert abs(float(ink.seen @ GRID)) < 0.05
