"""Promises of pages that lie steeply: they are laid level, and their maps are those of the picture."""

from __future__ import annotations

import cv2
import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from infer.digitize import Digitizer
from infer.networks.backend import PageSeen, StripSeen
from infer.networks.view import LONG_SIDE, cell_centres, small_picture
from infer.page.level import Frame, _cut, _look, _part, look_level
from infer.score import score_record
from synth.degrade.capture.camera import Perspective, Tilt
from synth.errors import UserError
from synth.generate import generate
from synth.geometry import Homography, Map, Points, compose, raster_map
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout
from tests.infer.page.test_rectify import PAGE, SIZE

UNSEEN = 4_711
SMALL = small_picture(np.zeros((SIZE[1], SIZE[0], 3), np.uint8)).shape[1::-1]
CELLS = (SMALL[1] // 4, SMALL[0] // 4)
COUNTS = {"phase": 4, "turn": 4, "name": 13, "rows": 3, "pulse": 5, "speed": 3, "words": 8}  # planes of `PageSeen`


def lying(tilt_deg: float, lean_deg: float, seed: int = 0) -> Homography:
    """Millimetres of a page that lies so -> pixels."""
    rng = np.random.default_rng(seed)
    pose = [Tilt((tilt_deg, tilt_deg)).warp(PAGE, rng), Perspective((lean_deg, lean_deg)).warp(PAGE, rng)]
    to_px = compose([*pose, raster_map(6.0)])
    assert isinstance(to_px, Homography)
    return to_px


def part_of(to_px: Map, *, if_steep: bool) -> Frame | None:
    """The part in which a page is looked at again, by its map in the whole picture."""
    px = cell_centres(SIZE, SMALL)
    mm = to_px.inverse(px)
    on = ((mm > 0) & (mm < PAGE)).all(axis=1)
    return _part(Frame(SIZE), px[on], mm[on], if_steep=if_steep)


def in_part(to_px: Map, mm: Points, *, if_steep: bool) -> Points:
    """Where points of a page lie in the part in which it is looked at again."""
    part = part_of(to_px, if_steep=if_steep)
    assert part is not None
    assert part.to_px is not None
    assert max(part.size_px) == LONG_SIDE
    return part.to_px.inverse(to_px.forward(mm))


@settings(max_examples=15, deadline=None)
@given(tilt=st.floats(20, 45), lean=st.floats(0, 45), seed=st.integers(0, 1000))  # leaning turns it back by 3
def test_a_steep_page_lies_level_in_the_part_that_is_looked_at(tilt: float, lean: float, seed: int) -> None:
    middle = np.array(PAGE) / 2
    ends = in_part(lying(tilt, lean, seed), np.add(middle, [[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]]), if_steep=True)
    along, down = ends[1] - ends[0], ends[2] - ends[0]
    assert abs(np.degrees(np.arctan2(along[1], along[0]))) < 0.5
    assert np.hypot(*along) == pytest.approx(np.hypot(*down), rel=0.01)


@settings(max_examples=10, deadline=None)
@given(tilt=st.floats(0, 45), lean=st.floats(0, 40), seed=st.integers(0, 1000))
def test_a_page_fills_the_part_in_which_it_is_looked_at_again(tilt: float, lean: float, seed: int) -> None:
    corners = in_part(lying(tilt, lean, seed), np.array([[0.0, 0.0], PAGE]), if_steep=False)
    assert 0.8 * LONG_SIDE < (corners[1] - corners[0]).max() <= LONG_SIDE


@pytest.mark.parametrize(("tilt", "lean"), [(0.0, 0.0), (12.0, 0.0), (5.0, 20.0)])
def test_a_page_that_lies_as_networks_know_it_is_left_alone(tilt: float, lean: float) -> None:
    assert part_of(lying(tilt, lean), if_steep=True) is None


@pytest.mark.parametrize("scale", [0.4, 3.0])
def test_what_is_seen_in_a_part_lies_in_the_picture_where_its_map_says(scale: float) -> None:
    rng = np.random.default_rng(3)
    image = np.full((900, 1200, 3), 255, np.uint8)
    dots = rng.uniform([300, 250], [900, 650], (6, 2)).round()
    for x, y in dots.astype(int):
        cv2.circle(image, (int(x), int(y)), 9, (0, 0, 0), -1, cv2.LINE_AA)
    turn = np.deg2rad(37.0)
    matrix = scale * np.array(
        [[np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0 / scale]]
    )
    matrix[:2, 2] = np.array([600.0, 450.0]) - matrix[:2, :2] @ [500.0 / scale, 500.0 / scale]
    part = Frame((SIZE[0], SIZE[1])).part(matrix, (round(1000 / scale), round(1000 / scale)))
    cut = 255.0 - _cut(image, part)[..., 0].astype(float)
    assert part.to_px is not None
    for x, y in part.to_px.inverse(dots):
        j, i, reach = round(x), round(y), round(14 / scale)
        near = cut[i - reach : i + reach + 1, j - reach : j + reach + 1]
        at = np.indices(near.shape).reshape(2, -1) @ near.ravel() / near.sum()
        assert np.allclose([at[1] + j - reach, at[0] + i - reach], [x, y], atol=0.15)


@pytest.mark.parametrize("turn", range(4))
def test_a_part_that_stands_on_its_side_is_looked_at_upright(turn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)
    whole = Frame((80, 60)).part(np.eye(3), (80, 60))
    monkeypatch.setattr("infer.page.level.look_upright", lambda backend, part: (None, turn))
    _, there = _look(None, image, whole)  # type: ignore[arg-type]
    upright = np.rot90(image, turn)
    assert there.size_px == upright.shape[1::-1]
    assert there.to_px is not None
    for x, y in ((3, 5), (41, 17)):
        px = there.to_px.forward(np.array([[float(x), float(y)]]))[0].round().astype(int)
        assert (upright[y, x] == image[px[1], px[0]]).all()


@pytest.mark.slow
def test_a_page_that_was_taken_for_one_on_its_head_is_looked_at_the_other_way_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipe = with_layout(load_recipe("clean"), "strip-1x1")
    sample = generate(recipe, heart_record(2, UNSEEN), seed=UNSEEN, index=2)
    monkeypatch.setattr("infer.page.level._NEARLY", 9.0)  # its name is clearly legible one way up only
    monkeypatch.setattr(
        "infer.page.level.look_upright", lambda backend, image: (backend.see_page(small_picture(image)), 0)
    )
    picture = np.ascontiguousarray(np.rot90(sample.image, 2))
    reading = Digitizer().read(picture, "page", fs_hz=sample.fs_hz)
    assert reading.about["quarter_turns"] == 2
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 15.0


@pytest.mark.slow
@pytest.mark.parametrize(("tilt", "lean"), [(45.0, 0.0), (0.0, 45.0), (30.0, 40.0)])
def test_pages_that_lie_as_steeply_as_45_degrees_are_read(tilt: float, lean: float) -> None:
    capture = (Tilt((tilt, tilt)), Perspective((lean, lean)))
    recipe = msgspec.structs.replace(load_recipe("clean"), capture=capture)
    sample = generate(recipe, heart_record(2, UNSEEN), seed=UNSEEN, index=2)
    reading = Digitizer().read(sample.image, "page", fs_hz=sample.fs_hz)
    assert reading.about["layout"] == "3x4+II"
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 15.0


def test_a_single_cell_that_looks_like_paper_is_no_page() -> None:
    seen = {name: np.zeros((count, *CELLS), "f4") for name, count in COUNTS.items()}
    paper = np.full(CELLS, -9.0, "f4")
    paper[20, 30] = 9.0

    class OneCell:
        def see_page(self, picture: NDArray[np.uint8]) -> PageSeen:
            return PageSeen(paper=paper, **seen)

        def see_strips(self, strips: NDArray[np.uint8]) -> list[StripSeen]:
            raise NotImplementedError

    with pytest.raises(UserError, match="no ECG page"):
        look_level(OneCell(), np.full((SIZE[1], SIZE[0], 3), 255, np.uint8))
