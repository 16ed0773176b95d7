"""Promises of maps: they go both ways, compose to one, and pixels land where points land."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth.degrade.capture.camera import Perspective, Tilt
from synth.geometry import (
    Chain,
    Homography,
    Inverse,
    Map,
    affine,
    compose,
    invert,
    local_scale,
    outline,
    raster_map,
    sample_image,
)

Points = NDArray[np.float64]

_PAGE = (279.4, 215.9)
_quick = settings(max_examples=50)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


class Bow:
    """A map that is no homography, as a curled sheet's will be: y moves by an amount that depends on x."""

    def forward(self, points: Points) -> Points:
        return np.stack([points[:, 0], points[:, 1] + 3.0 * np.sin(points[:, 0] / 40.0)], axis=1)

    def inverse(self, points: Points) -> Points:
        return np.stack([points[:, 0], points[:, 1] - 3.0 * np.sin(points[:, 0] / 40.0)], axis=1)


@st.composite
def homographies(draw: st.DrawFn) -> Homography:
    """Turned, scaled, moved and leaned, so little that even four in a row meet no horizon."""
    angle, scale = draw(st.floats(-np.pi, np.pi)), draw(st.floats(0.7, 1.4))
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    dx, dy = draw(st.floats(-50.0, 50.0)), draw(st.floats(-50.0, 50.0))
    lean = [draw(st.floats(-1e-4, 1e-4)) for _ in range(2)]
    return Homography(np.array([[cos, -sin, dx], [sin, cos, dy], [*lean, 1.0]]))


#: One of each class of map.
single = homographies() | st.builds(Bow) | st.builds(Inverse, st.builds(Bow))
anymap = (
    single
    | st.lists(single, max_size=3).map(lambda maps: Chain(tuple(maps)))
    | st.lists(single, min_size=1, max_size=3).map(compose)
    | single.map(invert)
)
points = st.integers(0, 100).map(lambda seed: _rng(seed).uniform((0.0, 0.0), _PAGE, (30, 2)))


@_quick
@given(step=anymap, at=points)
def test_every_map_back_and_forth_and_forth_and_back_is_the_identity(step: Map, at: Points) -> None:
    before = at.copy()
    np.testing.assert_allclose(step.inverse(step.forward(at)), at, atol=1e-8)
    np.testing.assert_allclose(step.forward(step.inverse(at)), at, atol=1e-8)
    np.testing.assert_array_equal(at, before)


@_quick
@given(step=anymap, at=points)
def test_the_inverted_map_is_the_map_the_other_way_round(step: Map, at: Points) -> None:
    np.testing.assert_allclose(invert(step).forward(at), step.inverse(at), atol=1e-8)
    np.testing.assert_allclose(invert(step).inverse(at), step.forward(at), atol=1e-8)


@_quick
@given(steps=st.lists(anymap, min_size=1, max_size=3), at=points)
def test_a_composition_applies_its_maps_in_order_and_back(steps: list[Map], at: Points) -> None:
    moved = at
    for step in steps:
        moved = step.forward(moved)
    np.testing.assert_allclose(compose(steps).forward(at), moved, atol=1e-7)
    np.testing.assert_allclose(compose(steps).inverse(moved), at, atol=1e-7)


def test_neighbouring_homographies_become_one() -> None:
    turn, shift, bow = affine(2.0), affine(1.0, (3.0, -4.0)), Bow()
    fused = compose([turn, shift])
    assert isinstance(fused, Homography)
    np.testing.assert_allclose(fused.forward(np.array([[1.0, 1.0]])), [[5.0, -2.0]])
    mixed = compose([turn, shift, bow, shift, turn])
    assert isinstance(mixed, Chain)
    assert [type(step) for step in mixed.maps] == [Homography, Bow, Homography]
    assert isinstance(invert(fused), Homography)
    assert compose([bow]) is bow


def test_pixels_are_counted_from_the_centre_of_the_first() -> None:
    corners = np.array([[0.0, 0.0], [0.5 / 8.0, 0.5 / 8.0], [10.0, 20.0]])
    np.testing.assert_allclose(raster_map(8.0).forward(corners), [[-0.5, -0.5], [0.0, 0.0], [79.5, 159.5]])


def test_the_outline_lies_on_the_border_and_holds_all_four_corners() -> None:
    border = outline(_PAGE)
    on_x = np.isin(border[:, 0], (0.0, _PAGE[0]))
    on_y = np.isin(border[:, 1], (0.0, _PAGE[1]))
    assert (on_x | on_y).all()
    assert (on_x & on_y).sum() == 4


@_quick
@given(scale=st.floats(0.1, 50.0), angle=st.floats(-np.pi, np.pi), at=points)
def test_the_local_scale_of_a_similarity_is_its_scale(scale: float, angle: float, at: Points) -> None:
    cos, sin = scale * np.cos(angle), scale * np.sin(angle)
    step = Homography(np.array([[cos, -sin, 7.0], [sin, cos, 9.0], [0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(local_scale(step, at), scale, rtol=1e-9)


def test_the_local_scale_is_the_root_of_the_jacobian() -> None:
    step = Homography(np.array([[6.0, 1.0, 2.0], [-1.0, 5.0, 3.0], [2e-4, -3e-4, 1.0]]))
    at = _rng(0).uniform((0.0, 0.0), _PAGE, (20, 2))
    # |det J| of a homography is |det H| / w^3 (with w the third coordinate).
    w = at @ step.matrix[2, :2] + 1.0
    np.testing.assert_allclose(local_scale(step, at), np.sqrt(np.linalg.det(step.matrix) / w**3), rtol=1e-6)


def _blob(at: Points, centre: Points) -> NDArray[np.float32]:
    """A Gaussian blob, 3 px in standard deviation, at the places (n, 2)."""
    return np.exp(-((at - centre) ** 2).sum(axis=1) / 18.0).astype(np.float32)


def _centroid(image: NDArray[np.float32]) -> Points:
    x, y = np.meshgrid(np.arange(image.shape[1]), np.arange(image.shape[0]))
    return np.array([(image * x).sum(), (image * y).sum()]) / image.sum()


def _landing_error(step: Map, centre: Points) -> float:
    """How far from its place a blob lands that is moved as pixels, in px."""
    pixels = np.stack(np.meshgrid(np.arange(160.0), np.arange(120.0)), axis=-1).reshape(-1, 2)
    moved = sample_image(_blob(pixels, centre).reshape(120, 160), invert(step), (160, 120), (0.0,))
    exact = _blob(step.inverse(pixels), centre).reshape(120, 160)
    return float(np.abs(_centroid(moved) - _centroid(exact)).max())


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("bent", [False, True])
def test_a_blob_of_a_turned_picture_lands_in_its_place_to_a_fiftieth_of_a_pixel(seed: int, bent: bool) -> None:
    rng, size = _rng(seed), (160.0, 120.0)
    steps: list[Map] = [Tilt(angle_deg=(5, 30)).warp(size, rng), Perspective(angle_deg=(0, 15)).warp(size, rng)]
    step = compose([*steps, Bow()] if bent else [*steps, affine(1.0, (0.3, -0.6))])
    centre = np.array([80.0, 60.0]) + rng.uniform(-12.0, 12.0, 2)
    assert _landing_error(step, centre) <= 0.02


@pytest.mark.parametrize("shift", np.linspace(0.0, 1.0, 9))
def test_a_blob_that_is_merely_shifted_lands_in_its_place_to_a_twentieth_of_a_pixel(shift: float) -> None:
    # The cubic kernel of OpenCV (a = -0.75) does not keep first moments; at -0.5 the error would be 0.
    assert _landing_error(affine(1.0, (shift, -shift)), np.array([80.0, 60.0])) <= 0.05


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("back", [affine(1.0, (-30.0, 0.0)), Chain((affine(1.0, (-30.0, 0.0)), Bow()))])
def test_outside_the_picture_is_background_or_its_edge(channels: int, kind: type, back: Map) -> None:
    image = np.full((40, 50, 3) if channels == 3 else (40, 50), 100, dtype=kind)
    filled = sample_image(image, back, (60, 40), (7.0,) * channels)
    assert filled.shape == (40, 60, 3)[: filled.ndim]
    assert filled.dtype == kind
    np.testing.assert_allclose(filled[10:30, :28], 7, atol=1e-5)
    np.testing.assert_allclose(filled[10:30, 33:], 100, atol=1e-4)
    np.testing.assert_allclose(sample_image(image, back, (60, 40)), 100, atol=1e-4)
