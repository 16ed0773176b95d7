"""Promises of how far off a strip was cut, by the grid that it shows."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from infer.rows.strip_grid import grid_shift
from infer.rows.strips import X_PX_MM, Y_PX_MM

CELLS = (64, 320)


def phase_of(shift_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """What a network sees of the grid, at its lines' 5 and 1 mm, in a strip that was cut so far off, (h, w, 2)."""
    h, w = CELLS
    x, y = np.meshgrid(np.arange(2.0, 4.0 * w, 4.0) / X_PX_MM, np.arange(2.0, 4.0 * h, 4.0) / Y_PX_MM)
    places = np.stack([x, y], axis=-1) + shift_mm
    turns = [2.0 * np.pi / pitch * places[..., axis] for axis in (0, 1) for pitch in (5.0, 1.0)]
    return np.stack([part for turn in turns for part in (np.cos(turn), np.sin(turn))]).astype("f4")


def bump(most_mm: float, seed: int) -> NDArray[np.float64]:
    """A strip that is cut right but for one place, there off by so much along both axes."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: CELLS[0], : CELLS[1]]
    middle = rng.uniform([20.0, 100.0], [44.0, 220.0])
    away = ((y - middle[0]) / 30.0) ** 2 + ((x - middle[1]) / 60.0) ** 2
    return np.repeat((most_mm * np.exp(-away))[..., None], 2, axis=2)


@pytest.mark.parametrize("most_mm", [0.4, 2.0, 3.2, -3.2])
@pytest.mark.parametrize("seed", range(3))
def test_a_strip_cut_askew_is_put_right_even_by_more_than_half_a_cell_of_the_grid(most_mm: float, seed: int) -> None:
    true = bump(most_mm, seed)
    assert np.abs(grid_shift(phase_of(true), (0.0, 0.0)) - true).max() < 0.15 * abs(most_mm)


@pytest.mark.parametrize("flat", [False, True])
def test_a_strip_cut_as_it_was_meant_to_be_is_left_so(flat: bool) -> None:
    assert np.abs(grid_shift(phase_of(np.zeros((*CELLS, 2))), (0.0, 0.0), flat=flat)).max() < 1e-3
