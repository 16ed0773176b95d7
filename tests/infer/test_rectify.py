"""The page's geometry, from ideal and from disturbed views of the grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from infer.rectify import fit_homography, rectify
from infer.view import cell_centres, small_picture
from synth.degrade.capture.camera import Perspective, Tilt
from synth.errors import UserError
from synth.geometry import Map, compose, raster_map

SIZE = (2400, 1900)
SMALL = small_picture(np.zeros((SIZE[1], SIZE[0], 3), np.uint8)).shape[1::-1]
CELLS = (SMALL[1] // 4, SMALL[0] // 4)


def view_of(to_px: Map, noise: float, rng: np.random.Generator) -> tuple[NDArray[np.float32], ...]:
    """What a network would see of a page of 279 x 216 mm whose time 0 lies at (15, 90) mm."""
    mm = to_px.inverse(cell_centres(SIZE, SMALL))
    angle = 2 * np.pi / 5 * mm + rng.normal(0, noise, mm.shape)
    phase = np.stack([np.cos(angle[:, 0]), np.sin(angle[:, 0]), np.cos(angle[:, 1]), np.sin(angle[:, 1])])
    place = (mm - [15, 90] + rng.normal(0, 6.0, mm.shape)).T / 100
    paper = ((mm > 0) & (mm < [279.4, 215.9])).all(axis=1)
    shape = (-1, *CELLS)
    return phase.reshape(shape).astype("f4"), place.reshape(shape).astype("f4"), paper.reshape(CELLS).astype("f4")


@settings(deadline=None, max_examples=12)
@given(seed=st.integers(0, 10_000), lean=st.floats(0, 25), turn=st.floats(0, 12))
def test_a_tilted_leaning_page_is_found_to_a_twentieth_of_a_millimetre(seed: int, lean: float, turn: float) -> None:
    rng = np.random.default_rng(seed)
    page = (279.4, 215.9)
    pose = [Tilt((turn, turn)).warp(page, rng), Perspective((lean, lean)).warp(page, rng)]
    to_px = compose([*pose, raster_map(8.0)])
    found = rectify(*view_of(to_px, 0.3, rng), SIZE)
    mm = np.stack(np.meshgrid(np.linspace(20, 260, 9), np.linspace(60, 200, 7)), -1).reshape(-1, 2)
    px = to_px.forward(mm)
    seen = ((px > 0) & (px < SIZE)).all(axis=1)
    error = found.to_px.inverse(px[seen]) - (mm[seen] - [15, 90])
    assert np.abs(error - error.mean(axis=0)).max() < 0.05
    assert np.abs(error.mean(axis=0)).max() < 0.3


def test_a_picture_without_a_page_is_refused_in_words() -> None:
    rng = np.random.default_rng(0)
    phase, place, paper = view_of(raster_map(8.0), 0.1, rng)
    with pytest.raises(UserError, match="no ECG page"):
        rectify(phase, place, np.zeros_like(paper), SIZE)


def test_a_page_without_a_grid_is_refused_in_words() -> None:
    rng = np.random.default_rng(0)
    phase, place, paper = view_of(raster_map(8.0), 0.1, rng)
    with pytest.raises(UserError, match="no ECG grid"):
        rectify(rng.normal(size=phase.shape).astype("f4"), place, paper, SIZE)


def test_a_homography_is_fitted_exactly_to_exact_points() -> None:
    rng = np.random.default_rng(1)
    true = Perspective((30.0, 30.0)).warp((279.4, 215.9), rng)
    source = rng.uniform(0, 200, (50, 2))
    found = fit_homography(source, true.forward(source), np.ones((50, 2)))
    assert np.allclose(found.forward(source), true.forward(source), atol=1e-6)
