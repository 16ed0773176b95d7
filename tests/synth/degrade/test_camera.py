"""Promises of the phone: rows, photosites, tones and texture, each as its step says; labels follow what moves."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from synth.degrade.capture.camera import Lens, Perspective, RollingShutter, Tilt
from synth.degrade.capture.phone import Curve, Demosaic, Heic
from synth.degrade.capture.sensor import Noise, Tone
from synth.degrade.sheet.bend import Fold
from synth.field import NO_MAP, scale_in
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.style import Style
from tests.ink import ink_errors, mv_error


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _grey(value: int, h: int = 300, w: int = 400) -> NDArray[np.uint8]:
    return np.full((h, w, 3), value, dtype=np.uint8)


@pytest.mark.parametrize("sheet", [(), (Fold((2.0, 2.0), ("any",), (20.0, 20.0)),)])
def test_the_ink_lies_on_its_label_behind_a_rolling_shutter(sheet: tuple[Fold, ...]) -> None:
    capture = (Tilt((4.0, 4.0)), Perspective((20.0, 20.0)), Lens(), RollingShutter((0.04, 0.04), (2.0, 2.0)))
    recipe = Recipe(name="r", sheet=sheet, capture=capture)
    sample = generate(recipe, heart_record(1, 7), seed=3, index=0, bare=True)
    errors = ink_errors(sample)
    assert len(errors) > 10
    assert np.median(np.abs(errors)) <= 0.06
    assert np.percentile(np.abs(errors), 95) <= 0.30
    assert mv_error(sample) < 1e-6


def test_a_rolling_shutter_moves_whole_rows_of_a_wide_picture_and_columns_of_a_high_one() -> None:
    at = np.array([[10.0, 20.0], [300.0, 20.0], [10.0, 150.0], [150.0, 150.0]])
    for size, points in (((400, 200), at), ((200, 400), at[:, ::-1])):
        shift = RollingShutter((0.05, 0.05), (3.0, 3.0)).refract(points, size, _rng()) - points
        np.testing.assert_allclose(shift[0], shift[1], atol=1e-9)
        assert np.abs(shift[2] - shift[0]).max() > 1.0


@pytest.mark.parametrize(("lean", "dpi"), [(45.0, 150.0), (30.0, 60.0)])
def test_a_page_seen_from_far_to_the_side_is_whole_and_its_labels_exact(lean: float, dpi: float) -> None:
    recipe = Recipe(name="r", dpi=(dpi, dpi), capture=(Perspective((lean, lean), (1.3, 1.3)), RollingShutter()))
    sample = generate(recipe, heart_record(1, 7), seed=5, index=0, bare=True)
    assert all(trace.visible.all() for trace in sample.traces)
    assert mv_error(sample) < 1e-6


def test_noise_has_the_strength_that_is_asked_for_and_more_of_it_in_black() -> None:
    noise = Noise((0.02, 0.02), dark=(1.5, 1.5))
    bright, dark = (noise.expose(_grey(value), _rng()).astype(float) for value in (200, 40))
    assert bright[..., 1].std() == pytest.approx(0.02 * 255.0, rel=0.1)
    assert dark.std() > 1.7 * bright.std()
    assert abs(bright.mean() - 200.0) < 0.2


def test_smeared_noise_is_as_strong_and_coarser() -> None:
    fine, coarse = (
        Noise((0.02, 0.02), (0.0, 0.0), smear=(smear, smear)).expose(_grey(150), _rng())[..., 1].astype(float) - 150.0
        for smear in (0.0, 1.0)
    )
    assert coarse.std() == pytest.approx(fine.std(), rel=0.1)
    near = [(noise[:, 1:] * noise[:, :-1]).mean() / noise.var() for noise in (fine, coarse)]
    assert near[0] < 0.15
    assert near[1] > 0.5


@pytest.mark.parametrize("by", ["bilinear", "edges"])
def test_a_mosaic_gives_fine_lines_fringes_and_leaves_flat_colours_alone(by: str) -> None:
    step = Demosaic((1.0, 1.0), by=(by,))  # type: ignore[arg-type]
    flat = np.empty((60, 80, 3), dtype=np.uint8)
    flat[:] = (200, 120, 60)
    np.testing.assert_allclose(step.expose(flat.copy(), _rng()).astype(int), flat, atol=1)
    lined = _grey(255, 60, 80)
    lined[:, 1::4] = 0
    seen = step.expose(lined, _rng()).astype(int)
    assert np.ptp(seen[4:-4, 4:-4], axis=2).max() > 60


def test_a_tone_curve_keeps_black_and_white_and_steepens_the_middle() -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2).repeat(8, axis=0)
    bent = Curve((1.0, 1.0), (0.0, 0.0), (0.0, 0.0)).expose(ramp, _rng())[0, :, 0].astype(int)
    assert bent[0] == 0
    assert bent[255] == 255
    assert bent[160] - bent[96] > 64 * 1.35
    assert (np.diff(bent) >= 0).all()


def test_lifting_brightens_a_dark_half_and_keeps_the_contrast_of_its_lines() -> None:
    page = _grey(230)
    page[:, :200] = 80
    page[::10] = page[::10] // 2
    lifted = Curve((0.0, 0.0), (1.0, 1.0), (0.0, 0.0)).expose(page.copy(), _rng()).astype(int)
    before, after = (part[40:250, 20:120, 0] for part in (page.astype(int), lifted))
    assert after.max() > before.max() + 20
    assert np.ptp(after) >= 0.9 * np.ptp(before)


def test_heic_drops_weak_texture_and_keeps_edges() -> None:
    page = Noise((0.01, 0.01), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)).expose(_grey(200), _rng())
    page[:, 200:204] = 40
    seen = Heic((0.05, 0.05), (2.0, 2.0)).expose(page.copy(), _rng()).astype(int)
    assert seen[:, 20:180].std() < 0.5 * page[:, 20:180].std()
    assert seen[:, 201:203].mean() < 60
    assert cv2.Laplacian(seen[:, 190:214, 0].astype(np.float32), cv2.CV_32F).max() > 100


@pytest.mark.parametrize(("dpi", "finer", "most"), [(75.0, 4, 8.0), (200.0, 2, 5.0)])
def test_what_lies_farther_away_is_as_a_finer_picture_shows_it(dpi: float, finer: int, most: float) -> None:
    """Sampled from a print as fine as its nearest part alone, the far side of this page is off by 11.8 and 7.0."""
    small, large = (
        generate(
            Recipe(name="r", dpi=(scale, scale), capture=(Perspective((45.0, 45.0), (1.3, 1.3)),), desk=(1.0, 1.0)),
            heart_record(1, 1), seed=3, index=0,
        )
        for scale in (dpi, dpi * finer)
    )  # fmt: skip
    h, w = small.image.shape[:2]
    px = np.stack(np.meshgrid(np.arange(w), np.arange(h)), axis=-1).reshape(-1, 2).astype(np.float64)
    mm = small.map.inverse(px)
    on = ((mm > 5.0) & (mm < np.array(small.page_mm) - 5.0)).all(axis=1).reshape(h, w)
    scale = scale_in(small.map, px).reshape(h, w)
    far = on & (scale < np.percentile(scale[on], 25))
    at = ((large.map.forward(mm) + 0.5) / finer - 0.5).astype(np.float32).reshape(h, w, 2)
    true = cv2.resize(large.image, None, fx=1.0 / finer, fy=1.0 / finer, interpolation=cv2.INTER_AREA)
    true = cv2.remap(true, at, NO_MAP, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    assert np.abs(true.astype(int) - small.image)[far].mean() < most


def test_a_phone_makes_dark_scenes_as_bright_as_light_ones_and_a_scanner_does_not() -> None:
    seen = {}
    for paper in (0.5, 0.8, 1.0):
        for sensor in ((), (Demosaic((0.0, 0.0)),)):
            tone = Tone((0.9, 0.9), (1.0, 1.0), (0.0, 0.0))
            recipe = Recipe(name="r", dpi=(60.0, 60.0), style=Style(paper=(paper, paper)), capture=(tone, *sensor))
            picture = generate(recipe, heart_record(1, 7), seed=3, index=0).image
            seen[paper, bool(sensor)] = float(np.percentile(picture[..., 0], 90.0))
    phone, scanner = ([seen[paper, metered] for paper in (0.5, 0.8, 1.0)] for metered in (True, False))
    assert np.ptp(phone) < 4.0
    assert 200.0 < phone[0] < 230.0
    np.testing.assert_allclose(scanner, 0.9 * 255.0 * np.array((0.5, 0.8, 1.0)), atol=2.0)
