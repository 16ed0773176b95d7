"""Whole cells of the grid that were lost on the way across a page."""

from __future__ import annotations

import numpy as np
import pytest

from infer.page.unbend import GRID_MM
from infer.page.unslip import unslip


def _wavy(rng: np.random.Generator) -> np.ndarray:
    y, x = np.mgrid[:120, :160] / 40.0
    return np.stack([np.sin(x + y), np.cos(2.0 * x - y)], axis=-1) + rng.normal(0.0, 0.2, (120, 160, 2))


@pytest.mark.parametrize("cells", [1, -1, 2])
def test_a_part_of_the_page_that_lost_whole_cells_is_put_back_even_where_the_loss_crept_in(cells: int) -> None:
    true = _wavy(np.random.default_rng(0))
    creeping = np.clip((np.arange(160) - 70.0) / 12.0, 0.0, 1.0)  # no tear on the left shore, tears above and below
    slip = np.zeros((120, 160))
    slip[40:80] = cells * GRID_MM * creeping
    bend = true + np.stack([slip, np.zeros_like(slip)], axis=-1)
    found = unslip(bend, np.ones((120, 160), dtype=bool))
    far = np.zeros((120, 160), dtype=bool)
    far[45:75, 95:] = far[:35] = far[85:] = True
    assert np.abs(found - true)[far].max() < 1e-6


def test_paper_that_is_torn_nowhere_is_left_alone() -> None:
    bend = 2.0 * _wavy(np.random.default_rng(1))
    np.testing.assert_array_equal(unslip(bend, np.ones((120, 160), dtype=bool)), bend)


def test_what_moves_are_whole_cells() -> None:
    rng = np.random.default_rng(2)
    bend = _wavy(rng) + GRID_MM * rng.integers(-1, 2, (120, 160, 2))
    moved = (unslip(bend, rng.uniform(size=(120, 160)) < 0.9) - bend) / GRID_MM
    np.testing.assert_allclose(moved, np.round(moved), atol=1e-9)
