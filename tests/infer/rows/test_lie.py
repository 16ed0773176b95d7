"""A page that names laid is put right by what its rows say."""

import numpy as np
import pytest
from numpy.typing import NDArray

from infer.rows.ink import Ink
from infer.rows.lie import by_fine_grid, rise_of, seen_to_format, sinking_of
from infer.rows.row import Row
from infer.rows.strips import ROWS, Y_PX_MM, column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from synth.catalogue import COMPETITION
from synth.geometry import Homography, affine, invert


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


def rows_seen_through(true: Homography, edges_mm: list[float]) -> list[Row]:
    """Rows of the competition's page as a map shows them that has things where `true` does not: format -> seen."""
    rows = []
    for number, zero in enumerate(COMPETITION.zero_mm):
        x_mm = column_mm(np.arange(strip_columns(COMPETITION)))
        along = np.stack([COMPETITION.t0_mm + x_mm - LEFT_MM, np.full_like(x_mm, zero)], axis=1)
        above = zero - true.forward(invert(true).forward(along) * (1.0, 0.0) + (0.0, zero))[:, 1]
        heat, place = np.zeros((2, 2, len(x_mm)))
        for edge in edges_mm if number < 3 else [edges_mm[0], edges_mm[-1]]:
            seen = true.forward(np.array([[COMPETITION.t0_mm + edge, zero]]))[0, 0] - COMPETITION.t0_mm + LEFT_MM
            near = np.abs(x_mm - seen) < 0.5
            heat[0, near], place[0, near] = 1.0, (seen - x_mm)[near]
        column = Column(above, above, np.ones(len(x_mm)), heat, place, x_mm, 0.0 * x_mm)
        rows.append(row_at(above)._replace(column=column))
    return rows


@pytest.mark.parametrize(
    "true",
    [
        Homography(np.array([[1.006, 0.004, -1.2], [-0.003, 0.997, 0.4], [0.0, 0.0, 1.0]])),
        Homography(np.array([[1.0, 0.002, -0.3], [0.001, 1.0, 0.2], [3e-5, 1e-5, 1.0]])),
    ],
)
def test_edges_and_rows_say_where_a_map_that_names_gave_has_the_page(true: Homography) -> None:
    rows = rows_seen_through(true, [0.0, 62.5, 125.0, 187.5, 250.0])
    fit = seen_to_format(rows, COMPETITION, TimeAxis(0.0, 1.0, 0.9))
    x, y = np.meshgrid([20.0, 140.0, 260.0], [90.0, 130.0, 190.0])
    places = np.stack([x.ravel(), y.ravel()], axis=1)
    off = fit.forward(true.forward(places)) - places
    assert np.abs(off[:, 0]).max() < 0.15
    assert np.abs(off[:, 1]).max() < 0.5
