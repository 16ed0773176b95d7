"""A page that names laid is put right by what its rows say."""

import numpy as np
from numpy.typing import NDArray

from infer.rows.ink import Ink
from infer.rows.lie import by_fine_grid, rise_of, sinking_of
from infer.rows.row import Row
from infer.rows.strips import ROWS, Y_PX_MM, column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from synth.catalogue import COMPETITION
from synth.geometry import affine


def test_a_page_without_5_mm_lines_is_put_right_by_its_1_mm_lines() -> None:
    """A strip of which the map thinks it is up to 0.3 mm farther left than it is; the format has time 0 on a line."""
    n = strip_columns(COMPETITION)
    x = column_mm(np.arange(1.5, n, 4.0))
    wrong = 0.3 * np.sin(x / 40.0)
    angle = 2.0 * np.pi * (x - LEFT_MM + wrong + COMPETITION.t0_mm - COMPETITION.grid_origin_mm[0])
    sinks = x / 100.0 - 1.4  # to the right, by nearly three of the lines
    y = 2.0 * np.pi * (np.arange(2.0, ROWS, 4.0)[:, None] / Y_PX_MM + sinks + 0.31)
    angle = angle + 0.0 * y
    phase = np.stack([0 * y, 0 * y, np.cos(angle), np.sin(angle), 0 * y, 0 * y, np.cos(y), np.sin(y)])
    at_mm, level = column_mm(np.arange(n)), np.zeros(n)
    column = Column(level, level, level + 1.0, *np.zeros((2, 2, len(level))), at_mm, level)
    row = Row(column, affine(), phase.astype("f4"), np.zeros((ROWS, n, 3), "u1"), Ink(np.ones(3), np.ones(3)))
    for found in by_fine_grid([row] * 4, COMPETITION, TimeAxis(0.0, 1.0, 0.9)):
        off = found.column.x_mm - at_mm - np.interp(at_mm, x, wrong)
        assert np.abs(off)[100:-100].max() < 0.05
        assert np.abs(found.column.above_mm + np.interp(at_mm, x, sinks - np.median(sinks)))[100:-100].max() < 0.02


def row_at(above_mm: NDArray[np.float64]) -> Row:
    """A row of a trace at such heights, on paper without a grid."""
    n = len(above_mm)
    column = Column(above_mm, above_mm, np.ones(n), *np.zeros((2, 2, n)), column_mm(np.arange(n)), np.zeros(n))
    unseen, strip = np.zeros((8, ROWS // 4, n // 4), "f4"), np.zeros((ROWS, n, 3), "u1")
    return Row(column, affine(), unseen, strip, Ink(np.ones(3), np.ones(3)))


def test_rows_of_a_page_that_lies_askew_say_by_how_much_whatever_waves_they_show() -> None:
    at_mm = column_mm(np.arange(strip_columns(COMPETITION)))
    beats = [8.0 * np.exp(-(((at_mm + 3.0 * k) % 22.0 - 11.0) ** 2) / 2.0) for k in range(4)]
    rows = [row_at(0.004 * at_mm + beats[k] + 0.3 * np.sin(at_mm / 17.0 + k)) for k in range(4)]
    assert np.isclose(rise_of(rows), 0.004, atol=0.0005)


def test_rows_of_a_page_that_is_taken_too_large_say_by_how_much_if_they_are_many() -> None:
    zero_mm = np.linspace(26.0, 187.0, 12)
    rows = [row_at(-0.009 * zero + np.full(640, 0.2 * np.sin(k))) for k, zero in enumerate(zero_mm)]
    assert np.isclose(sinking_of(rows, zero_mm.tolist()), 0.009, atol=0.002)
    assert sinking_of(rows[:4], zero_mm[:4].tolist()) == 0.0
