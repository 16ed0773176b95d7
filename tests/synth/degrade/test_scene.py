"""Promises of the scene: light, shadows, and what lies beside, under and over the page."""

from __future__ import annotations

from functools import partial

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from synth.catalogue import COMPETITION
from synth.degrade.capture.camera import Tilt
from synth.degrade.capture.sensor import Tone
from synth.degrade.printers.printer import Ideal
from synth.degrade.scene.clips import Clips
from synth.degrade.scene.fingers import Fingers
from synth.degrade.scene.glare import Glare
from synth.degrade.scene.lamps import Cast, Lamps
from synth.degrade.scene.pages import Pages
from synth.degrade.scene.shade import Light, Shadow
from synth.degrade.scene.thing import Placing, Setting, filled
from synth.degrade.sheet.bend import Fold
from synth.degrade.step import Lighting
from synth.field import spread_nodes
from synth.generate import generate, stream
from synth.geometry import affine, compose, outline
from synth.heart import heart_record
from synth.light import Sun, multiplied, shone
from synth.recipe import Recipe
from synth.sample import Sample
from synth.style import Style
from synth.view import look

PLACING: tuple[Placing, ...] = (
    Fingers(reach_mm=(50.0, 60.0)),
    Clips(kinds=("pen", "pen", "paper", "binder"), count=(3.0, 4.0)),
    Pages(over=1.0, overlap_mm=(40.0, 80.0)),
)


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def test_lights_of_coarse_and_fine_lattices_are_multiplied_as_if_every_pixel_were_lit_by_itself() -> None:
    size = (331, 254)
    steps: tuple[Lighting, ...] = (Light((0.5, 0.5)), Cast(penumbra=(0.02, 0.02)), Shadow())
    lights = [shone(step, size, _rng(k)) for k, step in enumerate(steps)]
    total = multiplied(lights, size)
    assert total is not None
    assert total.stride_px == 4
    each = [spread_nodes(light.nodes, size, light.stride_px) for light in lights]
    whole = spread_nodes(total.nodes, size, total.stride_px)
    np.testing.assert_allclose(whole, each[0] * each[1] * each[2], atol=0.01)


def test_no_lighting_step_is_no_light_at_all() -> None:
    assert multiplied([], (100, 80)) is None


@pytest.mark.parametrize("seed", range(6))
def test_where_two_shadows_lie_it_is_as_dark_as_in_the_deeper_one(seed: int) -> None:
    shadows = (Shadow((0.4, 0.4), tint=(0.0, 0.0)), Cast(1.0, (0.3, 0.3), tint=(0.0, 0.0)))
    recipe = Recipe(name="r", dpi=(100.0, 100.0), scene=shadows)
    lit = look(recipe, COMPETITION, Ideal(), partial(stream, seed, 0)).light
    assert lit is not None
    assert lit.nodes.min() > 0.6 - 1e-5


@pytest.mark.parametrize("seed", range(6))
def test_a_cast_shadow_has_an_edge_as_narrow_as_its_penumbra(seed: int) -> None:
    size = (2200, 1700)
    light = shone(Cast(depth=(0.5, 0.5), penumbra=(0.002, 0.002), tint=(0.0, 0.0)), size, _rng(seed))
    lost = 1.0 - spread_nodes(light.nodes, size, light.stride_px)[..., 1]
    assert lost.max() == pytest.approx(0.5, abs=0.01)
    assert np.abs(np.diff(lost[::10], axis=1)).max() > 0.5 / 25.0  # a pixel of an edge at most 25 px wide


def test_lamps_leave_the_middle_white_and_the_rest_uneven_in_colour() -> None:
    spreads = []
    for seed in range(20):
        light = Lamps((2.0, 2.0), (1.0, 1.0)).shine((40, 50), _rng(seed))
        np.testing.assert_allclose(light[20, 25], light[20, 25, 0], rtol=1e-5)
        spreads.append(np.ptp(light[..., 0] / light[..., 2]))
    assert np.median(spreads) > 0.05


def _dark(sample: Sample, points_px: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Where ink is as black as it was printed: skin, steel and shadows are lighter."""
    x, y = np.round(points_px.T).astype(int)
    return np.asarray(sample.image[y, x].max(axis=1) < 30)


@pytest.mark.slow
@pytest.mark.parametrize("step", PLACING)
def test_what_a_thing_covers_is_hidden_and_everything_else_shows_its_ink(step: Placing) -> None:
    hidden, shown = [], []
    for index in range(8):
        recipe = Recipe(name="r", scene=(step,), frame=(0.05, 0.05), style=Style(ink=(0.0, 0.0)))  # type: ignore[arg-type]
        sample = generate(recipe, heart_record(1, 1), seed=5, index=index)
        for trace in sample.traces:
            dark = _dark(sample, trace.xy_px)
            hidden.append(dark[~trace.visible])
            shown.append(dark[trace.visible])
    assert np.concatenate(shown).mean() > 0.99
    assert len(np.concatenate(hidden)) > 100
    assert np.concatenate(hidden).mean() < 0.05


def test_things_under_the_sheet_hide_nothing_of_it() -> None:
    recipe = Recipe(name="r", scene=(Clips(kinds=("clipboard",)),), frame=(0.05, 0.05))
    with_board = generate(recipe, heart_record(1, 1), seed=5, index=0)
    assert all(trace.visible[trace.xy_px[:, 1] > 600.0].all() for trace in with_board.traces)


def test_a_bare_page_knows_what_things_hide() -> None:
    recipe = Recipe(name="r", scene=(Clips(kinds=("pen",), count=(1.0, 1.0)),))
    full, bare = (generate(recipe, heart_record(1, 1), seed=6, index=3, bare=bare) for bare in (False, True))
    for one, other in zip(full.traces, bare.traces, strict=True):
        np.testing.assert_array_equal(one.visible, other.visible)
    assert not all(trace.visible.all() for trace in full.traces)


@pytest.mark.parametrize("angle_deg", [0.0, 8.0, 30.0, 45.0])
@pytest.mark.parametrize("frame", [-0.1, 0.0, 0.1])
def test_the_windows_beside_the_sheet_hold_all_that_it_does_not_cover_and_once(angle_deg: float, frame: float) -> None:
    sheet, size = Tilt((angle_deg, angle_deg)).warp((280.0, 210.0), _rng()), (900, 700)
    corners = sheet.forward(outline((280.0, 210.0)))
    scale = 840.0 / np.ptp(corners[:, 0])
    to_px = compose([sheet, affine(scale, tuple((-corners.min(axis=0) * scale + 840.0 * frame).tolist()))])
    setting = Setting((280.0, 210.0), to_px, to_px, size, Sun(0.0, 45.0, 0.5))
    times = np.zeros((size[1], size[0]), dtype=int)
    for left, top, right, bottom in setting.beside:
        times[top:bottom, left:right] += 1
    covered = filled(to_px.forward(outline((280.0, 210.0))), (0, 0, *size))
    assert times.max(initial=0) <= 1
    assert (times[covered < 255] == 1).all()
    assert (times[covered == 255] == 0).mean() > (0.6 if angle_deg < 10.0 else 0.0)


def test_a_leaning_facet_mirrors_the_lamp_beside_it() -> None:
    glare = Glare(count=(1.0, 1.0), strength=(1.0, 1.0), size=(0.05, 0.05), streak=(1.0, 1.0), distance=(1.0, 1.0))
    flat, leaning = np.zeros((200, 400, 2), np.float32), np.zeros((200, 400, 2), np.float32)
    leaning[..., 0] = 0.1
    seed = next(seed for seed in range(50) if 100 < _brightest(glare.reflect(flat, _rng(seed)))[0] < 300)
    before, after = (_brightest(glare.reflect(slopes, _rng(seed))) for slopes in (flat, leaning))
    assert after[0] - before[0] == pytest.approx(40, abs=1)
    assert after[1] == before[1]


def _brightest(light: NDArray[np.float32]) -> tuple[int, int]:
    row, column = np.unravel_index(int(light.sum(axis=2).argmax()), light.shape[:2])
    return int(column), int(row)


BLINDING = Glare(count=(2.0, 2.0), strength=(2.0, 2.0), size=(0.1, 0.1))


@pytest.mark.slow
@pytest.mark.parametrize("sheet", [(), (Fold((2.0, 2.0), angle_deg=(8.0, 12.0)),)])
def test_blown_out_ink_is_hidden_and_all_other_ink_is_darker_than_white(sheet: tuple[Fold, ...]) -> None:
    hidden, shown = [], []
    for index in range(4):
        recipe = Recipe(name="r", sheet=sheet, scene=(BLINDING,), capture=(Tone((0.7, 0.8)),))
        sample = generate(recipe, heart_record(1, 1), seed=5, index=index)
        for trace in sample.traces:
            x, y = np.round(trace.xy_px.T).astype(int)
            hidden.append(sample.image[y, x][~trace.visible].min(axis=1))
            shown.append(sample.image[y, x][trace.visible].min(axis=1))
    assert len(np.concatenate(hidden)) > 100
    assert (np.concatenate(hidden) >= 250).all()  # however dark the exposure
    assert (np.concatenate(shown) < 250).mean() > 0.99


def test_glare_lies_on_the_sheet_and_neither_on_its_desk_nor_on_what_covers_it() -> None:
    fingers = Fingers(count=(3.0, 3.0), reach_mm=(40.0, 50.0))
    on_wood = Recipe(name="r", frame=(0.05, 0.05), desks=("wood",), desk=(0.5, 0.5))
    recipes = [msgspec.structs.replace(on_wood, scene=scene) for scene in ((fingers,), (fingers, BLINDING))]
    dull, glossy = (generate(recipe, heart_record(1, 1), seed=5, index=0).image for recipe in recipes)
    view = look(recipes[1], COMPETITION, Ideal(), partial(stream, 5, 0))
    sheet = filled(view.to_px.forward(outline(view.setting.page_mm, 64)), (0, 0, *view.size))
    for thing in view.things:
        h, w = thing.cover.shape
        sheet[thing.top : thing.top + h, thing.left : thing.left + w][thing.cover == 255] = 0
    np.testing.assert_array_equal(glossy[sheet == 0], dull[sheet == 0])
    assert (glossy[sheet == 255].min(axis=1) == 255).mean() > 0.05
