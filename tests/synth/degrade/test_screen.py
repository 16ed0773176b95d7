"""Promises of screens: the page keeps its pixels, its raster is that of the screen, and glass only adds light."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.typing import NDArray

from synth.degrade.capture.camera import Perspective, Tilt
from synth.degrade.capture.glass import Backlight, Reflection
from synth.degrade.covers.cover import Holes
from synth.degrade.printers.printer import Screen, Screenshot
from synth.degrade.printers.screen import Panel, draw_panel, framed
from synth.degrade.printers.window import draw_room, draw_window
from synth.generate import generate
from synth.geometry import Homography, raster_map
from synth.heart import heart_record
from synth.recipe import Recipe

_PAGE_MM = (120.0, 90.0)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _white_page(panel: Panel, px_per_mm: float) -> NDArray[np.uint8]:
    """A white page on a screen, straight before the camera."""
    size = (round(_PAGE_MM[1] * px_per_mm), round(_PAGE_MM[0] * px_per_mm), 3)
    return panel.show(np.full(size, 255, dtype=np.uint8), _PAGE_MM, raster_map(px_per_mm))[8:-8, 8:-8]


def _frequency(line: NDArray[np.float64]) -> float:
    """The strongest frequency of a line, in cycles per pixel."""
    power = np.abs(np.fft.rfft((line - line.mean()) * np.hanning(len(line))))
    return float(np.argmax(power[3:]) + 3) / len(line)


@pytest.mark.parametrize("per_px", [0.3, 0.45, 0.7])
def test_the_raster_of_the_screen_is_sampled_and_folds_back_where_it_is_too_fine(per_px: float) -> None:
    px_per_mm = 8.0
    panel = draw_panel(per_px * px_per_mm, _PAGE_MM, 1.0, _rng())
    seen = _white_page(panel, px_per_mm)[..., 0].mean(axis=0)
    alias = per_px if per_px <= 0.5 else 1.0 - per_px
    assert _frequency(seen) == pytest.approx(alias, abs=0.01)


def test_the_finer_the_raster_the_fainter_it_is_seen_and_beyond_the_cameras_pixels_it_is_not() -> None:
    contrast = []
    for per_px in (0.3, 0.47, 0.7, 0.9, 1.2):
        seen = _white_page(draw_panel(per_px * 8.0, _PAGE_MM, 1.0, _rng()), 8.0)[..., 1].astype(float)
        contrast.append(float(seen.std() / seen.mean()))
    assert contrast == sorted(contrast, reverse=True)
    assert contrast[0] > 0.2
    assert contrast[-1] == 0.0


def test_the_stripes_of_a_screen_are_red_green_and_blue_side_by_side() -> None:
    seen = _white_page(draw_panel(0.3 * 8.0, _PAGE_MM, 1.0, _rng()), 8.0).astype(float)
    phases = []
    for colour in range(3):
        line = seen[..., colour].mean(axis=0)
        phases.append(np.angle((line * np.exp(-2j * np.pi * 0.3 * np.arange(len(line)))).sum()))
    steps = np.mod(np.diff(phases), 2.0 * np.pi)
    np.testing.assert_allclose(steps, 2.0 * np.pi * 2.0 / 3.0, atol=0.1)  # each a third of a pixel further right


def test_a_window_is_all_around_the_page_and_leaves_it_white() -> None:
    for seed in range(20):
        room = draw_room(_rng(seed))
        window = draw_window((300, 200), room, _rng(seed))
        assert window.shape == (200 + room.top + room.bottom, 300 + room.left + room.right, 3)
        page = window[room.top : room.top + 200, room.left : room.left + 300]
        assert (page == 255).all()
        np.testing.assert_array_equal(window, draw_window((300, 200), room, _rng(seed)))


def test_a_screenshot_keeps_every_pixel_of_the_page() -> None:
    recipe = Recipe(name="r", dpi=(110.0, 110.0))
    page = generate(recipe, heart_record(1, 1), seed=1, index=0)
    shot = generate(
        Recipe(name="r", dpi=(110.0, 110.0), printers=(Screenshot(),), frame=(0.1, 0.1)),
        heart_record(1, 1),
        seed=1,
        index=0,
    )
    x, y = np.round(shot.map.forward(np.array([[0.0, 0.0]]))[0] + 0.5).astype(int)
    h, w = page.image.shape[:2]
    found = shot.image[y + 1 : y + h - 1, x + 1 : x + w - 1].astype(int)
    np.testing.assert_allclose(found, page.image[1:-1, 1:-1], atol=1)
    assert shot.image.shape[0] > h
    assert shot.image[: y - 4].std() > 5.0


def test_the_frame_of_a_screen_hides_the_desk_and_a_screenshot_has_none() -> None:
    desk = np.full((400, 600, 3), 77, dtype=np.uint8)
    to_px = Homography(np.array([[1.0, 0.0, 240.0], [0.0, 1.0, 150.0], [0.0, 0.0, 1.0]]))
    panel = framed(draw_panel(4.0, _PAGE_MM, 0.0, _rng()), _rng())
    shown = panel.frame(desk.copy(), to_px)
    assert (shown == 77).all(axis=2).any()
    assert (shown[160:230, 250:350] == panel.bezel).all()
    shot = Recipe(name="r", dpi=(60.0, 60.0), printers=(Screenshot(),), frame=(0.5, 0.5), desk=(0.3, 0.3))
    sample = generate(shot, heart_record(1, 1), seed=1, index=0)
    assert (sample.image == round(0.3 * 255)).all(axis=2).mean() < 0.001


def test_what_a_picture_cuts_off_is_labelled_and_not_visible() -> None:
    whole = generate(Recipe(name="r", dpi=(100.0, 100.0)), heart_record(1, 1), seed=1, index=0)
    cut = generate(Recipe(name="r", dpi=(100.0, 100.0), crop=(0.2, 0.2)), heart_record(1, 1), seed=1, index=0)
    assert cut.image.shape[0] == pytest.approx(0.6 * whole.image.shape[0], abs=1)
    assert cut.image.shape[1] == pytest.approx(0.6 * whole.image.shape[1], abs=1)
    for one, other in zip(whole.traces, cut.traces, strict=True):
        np.testing.assert_array_equal(one.mv, other.mv)
    shown = np.mean([trace.visible.mean() for trace in cut.traces])
    assert 0.2 < shown < 0.8


def test_glass_only_adds_light_and_a_backlight_only_takes_some() -> None:
    image = _rng().integers(0, 256, (200, 300, 3), dtype=np.uint8)
    for seed in range(5):
        seen = Reflection((3.0, 3.0), (0.5, 0.5)).expose(image.copy(), _rng(seed))
        assert (seen >= image).all()
        assert (seen > image).mean() > 0.2
        light = Backlight((0.3, 0.3), (0.3, 0.3), (0.2, 0.2)).shine((30, 40), _rng(seed))
        assert light.max() <= 1.0
        assert np.ptp(light[..., 0] / light[..., 2]) > 0.05


def test_labels_lie_on_the_ink_of_a_page_on_a_leaning_screen() -> None:
    capture = (Tilt((3.0, 3.0)), Perspective((15.0, 15.0)))
    recipe = Recipe(name="r", printers=(Screen((7.0, 7.0), (0.5, 0.5)),), capture=capture, frame=(0.1, 0.1))
    sample = generate(recipe, heart_record(1, 1), seed=2, index=0)
    points = np.round(np.concatenate([trace.xy_px for trace in sample.traces])).astype(int)
    dark = sample.image[points[:, 1], points[:, 0]].max(axis=1) < 150
    assert dark.mean() > 0.9


def test_a_screen_has_no_holes_that_would_hide_anything() -> None:
    holes = (Holes(share=1.0, diameter_mm=(10.0, 10.0)),) * 3
    page, whole = (
        generate(Recipe(name="r", printers=(Screen(),), covers=covers), heart_record(1, 1), seed=2, index=0)
        for covers in (holes, ())
    )
    for one, other in zip(page.traces, whole.traces, strict=True):
        np.testing.assert_array_equal(one.visible, other.visible)


def test_a_toolbar_says_once_which_page_is_shown_and_once_how_large(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "synth.degrade.printers.window.ImageDraw.ImageDraw.text", lambda pen, at, text, *rest: said.append(text)
    )
    for seed in range(30):
        said.clear()
        draw_window((1200, 900), draw_room(_rng(seed)), _rng(seed))
        zooms = [text for text in said if "%" in text or text.startswith("Fit")]
        pages = [text for text in said if text.startswith("Page") or re.fullmatch(r"\d+ (/|of) \d+", text)]
        assert len(zooms) == len(pages) == 1
