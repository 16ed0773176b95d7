"""The page's geometry, from ideal and from disturbed views of the grid."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from infer.networks.view import cell_centres, small_picture
from infer.page.bent import Bent, smooth_bend, turn_around, without_slips
from infer.page.homography import fit_homography
from infer.page.rectify import follow_grid, rectify
from synth.degrade.capture.camera import Perspective, Tilt
from synth.degrade.sheet.crumple import Crumple
from synth.errors import UserError
from synth.field import field_nodes
from synth.geometry import Homography, Map, compose, raster_map
from synth.surface import bend, see, sheet_of

SIZE = (2400, 1900)
PAGE = (279.4, 215.9)
SMALL = small_picture(np.zeros((SIZE[1], SIZE[0], 3), np.uint8)).shape[1::-1]
CELLS = (SMALL[1] // 4, SMALL[0] // 4)


def view_of(to_px: Map, noise: float, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a network would see of the grid of a page of 279 x 216 mm, and of its paper."""
    mm = to_px.inverse(cell_centres(SIZE, SMALL))
    angle = 2 * np.pi / 5 * mm + rng.normal(0, noise, mm.shape)
    phase = np.stack([np.cos(angle[:, 0]), np.sin(angle[:, 0]), np.cos(angle[:, 1]), np.sin(angle[:, 1])])
    paper = ((mm > 0) & (mm < PAGE)).all(axis=1)
    return phase.reshape(-1, *CELLS).astype("f4"), paper.reshape(CELLS).astype("f4")


def miss(found: Map, to_px: Map) -> NDArray[np.float64]:
    """Error in mm at points of the page, but for whole cells of the grid."""
    mm = np.stack(np.meshgrid(np.linspace(20, 260, 33), np.linspace(30, 200, 23)), -1).reshape(-1, 2)
    px = to_px.forward(mm)
    seen = ((px > 0) & (px < SIZE)).all(axis=1)
    error = found.inverse(px[seen]) - mm[seen]
    return error - 5 * np.round(np.median(error, axis=0) / 5)


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), lean=st.floats(0, 25), turn=st.floats(0, 12))
def test_a_tilted_leaning_page_is_found_to_a_twentieth_of_a_millimetre(seed: int, lean: float, turn: float) -> None:
    rng = np.random.default_rng(seed)
    pose = [Tilt((turn, turn)).warp(PAGE, rng), Perspective((lean, lean)).warp(PAGE, rng)]
    to_px = compose([*pose, raster_map(8.0)])
    found = rectify(follow_grid(*view_of(to_px, 0.3, rng), SIZE))
    assert found.bent_mm == 0.0
    assert np.abs(miss(found.to_px, to_px)).max() < 0.05


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_a_faint_grid_does_not_tear_a_flat_page(seed: int) -> None:
    rng = np.random.default_rng(seed)
    to_px = compose([Tilt((2.0, 2.0)).warp(PAGE, rng), raster_map(8.0)])
    phase, paper = view_of(to_px, 0.3, rng)
    noise = [cv2.GaussianBlur(rng.normal(size=CELLS), (0, 0), 2.5) for _ in phase]
    faint = 0.3 * phase + np.stack([0.2 * plane / plane.std() for plane in noise]).astype("f4")
    found = rectify(follow_grid(faint, paper, SIZE))
    assert found.bent_mm == 0.0
    assert np.abs(miss(found.to_px, to_px)).max() < 0.3


@pytest.mark.parametrize("seed", range(3))
def test_a_bend_is_not_made_of_a_grid_that_is_hardly_seen(seed: int) -> None:
    """What is seen of dots that are too faint turns slowly, as a grid does; its length tells."""
    rng = np.random.default_rng(seed)
    to_px = compose([Tilt((2.0, 2.0)).warp(PAGE, rng), raster_map(8.0)])
    phase, paper = view_of(to_px, 0.45, rng)
    angle = [cv2.GaussianBlur(rng.normal(size=CELLS), (0, 0), 12.0) for _ in range(2)]
    turn = np.exp(1j * np.stack([2.0 * plane / plane.std() for plane in angle]))
    waves = 0.2 * (phase[::2] + 1j * phase[1::2]) * turn
    hardly = np.stack([part for wave in waves for part in (wave.real, wave.imag)]).astype("f4")
    assert rectify(follow_grid(hardly, paper, SIZE)).bent_mm == 0.0


@pytest.mark.parametrize("angle_deg", [10.0, 18.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_bent_page_is_found_but_for_its_sharpest_creases_which_strips_see(seed: int, angle_deg: float) -> None:
    rng = np.random.default_rng(seed)
    sheet = sheet_of(PAGE)
    relief, _ = Crumple(facets=(60, 60), angle_deg=(angle_deg, angle_deg)).shape(sheet, rng)
    pose = np.eye(4)
    pose[:2, :2] *= 8.0
    nodes = field_nodes(SIZE)
    to_px = see(bend(sheet, relief), pose, SIZE, nodes)
    found = rectify(follow_grid(*view_of(to_px, 0.3, rng), SIZE))
    error = np.abs(miss(found.to_px, to_px))
    assert found.bent_mm > 0.0
    assert np.median(error) < 0.2
    assert np.percentile(error, 95) < 0.8


def test_lines_that_were_mistaken_by_a_whole_cell_are_put_right() -> None:
    y, x = np.mgrid[:140, :200] / 100.0
    bend = np.stack([1.5 * np.sin(2.0 * x + y), 2.0 * x * y], axis=-1)
    slipped = bend.copy()
    slipped[:60, 90:, 1] += 5.0
    slipped[100:, :50, 0] -= 5.0
    known = np.hypot(x - 1.0, y - 0.7) < 0.9
    assert np.abs(without_slips(slipped, known) - bend)[known].max() < 1e-9


def test_the_bend_of_parts_that_are_hardly_seen_follows_those_around() -> None:
    y, x = np.mgrid[:90, :120] / 100.0
    bend = np.stack([1.5 * np.sin(2.0 * x + y), 2.0 * x * y], axis=-1)
    sure, wrong = np.ones(x.shape), bend.copy()
    wrong[40:52, 50:62] += 2.0
    sure[40:52, 50:62] = 0.05
    even, weighed = (np.abs(smooth_bend(wrong, weight) - bend).max() for weight in (np.ones(x.shape), sure))
    assert weighed < 0.1
    assert even > 3.0 * weighed


def test_a_bent_map_moves_points_there_and_back() -> None:
    rng = np.random.default_rng(5)
    shift = cv2.GaussianBlur(rng.normal(0, 40.0, (140, 180, 2)).astype("f4"), (0, 0), 6.0)
    there = Bent(raster_map(8.0), np.array([-30.0, -30.0]), shift)
    mm = rng.uniform(10, 200, (200, 2))
    assert np.abs(there.inverse(there.forward(mm)) - mm).max() < 1e-3


def test_a_picture_without_a_page_is_refused_in_words() -> None:
    rng = np.random.default_rng(0)
    phase, paper = view_of(raster_map(8.0), 0.1, rng)
    with pytest.raises(UserError, match="no ECG page"):
        follow_grid(phase, np.zeros_like(paper), SIZE)


def test_a_homography_is_fitted_exactly_to_exact_points() -> None:
    rng = np.random.default_rng(1)
    true = Perspective((30.0, 30.0)).warp(PAGE, rng)
    source = rng.uniform(0, 200, (50, 2))
    found = fit_homography(source, true.forward(source), np.ones((50, 2)))
    assert np.allclose(found.forward(source), true.forward(source), atol=1e-6)


def test_paper_of_many_metres_is_refused_before_it_fills_the_memory() -> None:
    """As untrained networks see it, far off towards a horizon."""
    px = np.stack(np.meshgrid(np.arange(10.0), np.arange(8.0)), axis=-1)
    far = Homography(np.diag([1e6, 1e6, 1.0]))
    with pytest.raises(UserError, match="metres"):
        turn_around(px, np.zeros((8, 10, 2)), np.ones((8, 10), dtype=bool), far)


@pytest.mark.parametrize("scale", [0.0, 60.0])
def test_a_grid_that_would_lie_on_no_paper_is_refused_in_words(scale: float) -> None:
    """What an untrained network may say: a map to a line, and to paper of many metres, which would fill the memory."""
    phase, paper = view_of(raster_map(8.0), 0.1, np.random.default_rng(0))
    grid = follow_grid(phase, paper, SIZE)
    stretched = Homography(np.diag([1.0, scale, 1.0]) @ grid.flat.matrix)
    with pytest.raises(UserError, match="no ECG page"):
        rectify(replace(grid, flat=stretched))


def test_a_grid_that_is_the_same_everywhere_is_none() -> None:
    turn = np.full(CELLS, 0.2)
    phase = np.stack([wave(turn) for _ in range(2) for wave in (np.cos, np.sin)]).astype("f4")
    with pytest.raises(UserError, match="no ECG"):
        rectify(follow_grid(phase, np.ones(CELLS, "f4"), SIZE))
