"""Strips are cut along the grid that they show themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from infer.format.layouts import Found
from infer.networks.backend import PageSeen, StripSeen
from infer.page.rectify import PageMap
from infer.rows.row import Straight, look_at_strips
from infer.rows.strips import HALF_MM, ROWS
from synth.catalogue import COMPETITION
from synth.geometry import Points, affine, compose, raster_map
from synth.grid_lines import even_mm

CELLS = (ROWS // 4, 160)  # 64 mm
PX_PER_MM = 8.0


@given(st.floats(-1.5, 1.5), st.floats(0.0, 6.28))
def test_a_straightened_strip_leads_back_to_the_one_that_was_cut(most_mm: float, begin: float) -> None:
    x = np.linspace(0.0, 6.0, CELLS[1])
    shift = np.stack([most_mm * np.sin(x + begin), most_mm * np.cos(x + begin)], axis=1)
    straight = Straight(np.broadcast_to(shift, (*CELLS, 2)).astype("f4"))
    points = np.stack([np.linspace(5.0, 59.0, 40), np.linspace(-HALF_MM, HALF_MM, 40)], axis=1)
    assert np.abs(straight.inverse(straight.forward(points)) - points).max() < 1e-3


class Askew:
    """Paper millimetres that a first map takes too far right, by as much more the farther down."""

    def forward(self, points: Points) -> Points:
        return points + np.stack([self._off(points), np.zeros(len(points))], axis=1)

    def inverse(self, points: Points) -> Points:
        return points - np.stack([self._off(points), np.zeros(len(points))], axis=1)

    def _off(self, points: Points) -> NDArray[np.float64]:
        return 0.012 * (points[:, 1] - 130.0)


class Grey:
    """Sees the grid in the grey level of a pictures of a picture, see `picture_of_waves`."""

    def __init__(self) -> None:
        self.looks = 0

    def see_page(self, picture: NDArray[np.uint8]) -> PageSeen:
        raise NotImplementedError

    def see_strips(self, strips: NDArray[np.uint8]) -> list[StripSeen]:
        self.looks += len(strips)
        seen = []
        for strip in strips:
            h, w, _ = strip.shape
            middle = (strip[1::4, 1::4].astype("f4") + strip[1::4, 2::4]) / 2.0  # cells' centres lie between pixels
            cosine, sine = (middle[..., k] / 100.0 - 1.25 for k in (0, 1))
            y = np.zeros((h, w), "f4")
            y[h // 2] = 20.0
            seen.append(
                StripSeen(
                    y,
                    np.full(w, 9.0, "f4"),
                    np.full((2, w), -9.0, "f4"),
                    np.zeros((2, w), "f4"),
                    np.stack([cosine, sine, *[0 * sine] * 6]),
                )
            )
        return seen


def picture_of_waves() -> NDArray[np.uint8]:
    """Cosine and sine of the phase of the competition's grid along x, as two colours."""
    x = (np.arange(round(279.4 * PX_PER_MM)) + 0.5) / PX_PER_MM
    angle = 2.0 * np.pi * even_mm(x, 5.0, COMPETITION.grid.raster_dpi) / 5.0
    row = np.stack([125 + 100 * np.cos(angle), 125 + 100 * np.sin(angle), 0 * x], axis=1)
    return np.repeat(row[None], round(215.9 * PX_PER_MM), axis=0).astype(np.uint8)


@pytest.mark.parametrize("bent_mm", [0.0, 1.0])
def test_strips_that_were_cut_askew_are_cut_again_until_they_are_straight(bent_mm: float) -> None:
    none, backend = np.zeros((1, 1), dtype=bool), Grey()
    page = PageMap(compose([Askew(), raster_map(PX_PER_MM)]), np.zeros((1, 1, 2)), none, PX_PER_MM, 1.0, bent_mm)
    rows = look_at_strips(backend, picture_of_waves(), page, Found(COMPETITION, (0.0, 0.0), 1.0, 1.0))
    assert backend.looks > len(rows)
    for row, zero_mm in zip(rows, COMPETITION.zero_mm, strict=True):
        line = np.stack([np.full(20, 100.0), np.linspace(-15.0, 15.0, 20)], axis=1)
        upright = raster_map(PX_PER_MM).inverse(row.to_px.forward(line))
        assert np.ptp(upright[:, 0]) < 0.05
        assert np.allclose(upright[:, 1], zero_mm + line[:, 1], atol=1e-6)
        assert np.abs(np.diff(row.column.x_mm) - 0.1)[300:-300].max() < 0.01


def test_a_strip_that_is_straight_is_cut_but_once_for_the_grid_and_once_to_be_read() -> None:
    none, backend = np.zeros((1, 1), dtype=bool), Grey()
    page = PageMap(compose([affine(), raster_map(PX_PER_MM)]), np.zeros((1, 1, 2)), none, PX_PER_MM, 1.0, 1.0)
    rows = look_at_strips(backend, picture_of_waves(), page, Found(COMPETITION, (0.0, 0.0), 1.0, 1.0))
    assert backend.looks == 2 * len(rows)
