"""Promises of bent sheets: labels lie on the ink however the paper lies, and light follows the same surface."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from synth.catalogue import find_layout
from synth.cells import bounds, search_cells
from synth.degrade.capture.camera import Lens, Perspective, RollingShutter, Tilt, Turn
from synth.degrade.covers.torn import Tear
from synth.degrade.printers.printer import Ideal, Thermal
from synth.degrade.sheet.bend import Curl, Fold, Gutter, SheetStep, Wave
from synth.degrade.sheet.crumple import Crumple
from synth.degrade.sheet.steps import AnySheetStep
from synth.field import STRIDE_PX, Field, as_field, field_nodes, halve_stride, spread_nodes
from synth.generate import generate, stream
from synth.geometry import Homography
from synth.heart import heart_record
from synth.light import Sun, shaded
from synth.recipe import Recipe, load_recipe, shipped_recipes, with_severity
from synth.sample import Sample
from synth.store import read_sample, write_sample
from synth.surface import bend, sheet_of
from synth.view import look
from tests.ink import ink_errors, mv_error

STEPS: tuple[type[SheetStep], ...] = get_args(AnySheetStep)
_POSE = (Tilt((3.0, 12.0)), Perspective((5.0, 20.0)))
_ALL = (Fold((3.0, 3.0), ("any",), (20.0, 30.0)), Crumple((200.0, 200.0), (8.0, 8.0)), Curl(), Wave())
_SHEETS: dict[str, tuple[SheetStep, ...]] = {
    **{step.__name__: (step(),) for step in STEPS},
    "gutter": (Gutter(1.0, (20.0, 20.0), (50.0, 50.0)),),
    "corners": (Fold((4.0, 4.0), ("corner",), (40.0, 40.0)),),
    "letter": (Fold((2.0, 2.0), ("letter",), (30.0, 30.0)),),
    "half": (Fold((2.0, 2.0), ("half",), (60.0, 60.0)),),
    "many": (Fold((6.0, 6.0), ("any",), (20.0, 60.0)),),
    "balled": (Crumple((1500.0, 1500.0), (25.0, 25.0)),),
    "all": _ALL,
}


@cache
def _bare(name: str, index: int = 0, dpi: float = 200.0) -> Sample:
    recipe = Recipe(name="r", sheet=_SHEETS[name], capture=_POSE, dpi=(dpi, dpi))  # type: ignore[arg-type]
    return generate(recipe, heart_record(index, 7), seed=3, index=index, bare=True)


@pytest.mark.slow
@pytest.mark.parametrize("name", _SHEETS)
def test_the_ink_lies_on_its_label_however_the_sheet_is_bent(name: str) -> None:
    errors = np.concatenate([ink_errors(_bare(name, index)) for index in range(3)])
    assert len(errors) > 15
    assert abs(errors.mean()) <= 0.02
    assert np.median(np.abs(errors)) <= 0.06
    assert np.percentile(np.abs(errors), 95) <= 0.30


@pytest.mark.slow
@pytest.mark.parametrize("name", _SHEETS)
def test_every_point_of_the_visible_paper_comes_back(name: str) -> None:
    sample = _bare(name, 1)
    rng = np.random.default_rng(0)
    px = rng.uniform(0.0, 1.0, (20_000, 2)) * sample.size_px - 0.5
    mm = sample.map.inverse(px)
    on = ((mm >= 0.0) & (mm <= sample.page_mm)).all(axis=1)
    assert on.mean() > 0.5
    assert np.abs(sample.map.forward(mm[on]) - px[on]).max() < 0.02
    assert mv_error(sample) < 1e-6


@pytest.mark.parametrize("step", STEPS)
def test_every_sheet_step_says_what_it_is_and_a_recipe_that_ships_uses_it(step: type[SheetStep]) -> None:
    assert step.__doc__
    for field in msgspec.structs.fields(step):
        assert f"{field.name}:" in step.__doc__
        if isinstance(field.default, tuple) and isinstance(field.default[0], float):
            assert field.default[0] <= field.default[1]
    assert any(isinstance(used, step) for name in shipped_recipes() for used in load_recipe(name).sheet)


@settings(max_examples=25)
@given(seed=st.integers(0, 10**6), steps=st.lists(st.sampled_from([*STEPS]), min_size=1, max_size=3))
@example(seed=12, steps=[Fold] * 3)
@example(seed=714, steps=[Fold] * 3)
def test_a_bent_sheet_is_hardly_stretched_and_never_folds_over(seed: int, steps: list[type[SheetStep]]) -> None:
    sheet = sheet_of((100.0, 60.0))
    rng = np.random.default_rng(seed)
    surface = bend(sheet, sum((step().shape(sheet, rng)[0] for step in steps), np.zeros((1, 1))))
    for axis, plane in ((1, 0), (0, 1)):
        step = np.diff(surface.moved[..., plane], axis=axis)
        assert (step > 0.3).all()
        assert (step < 1.25).all()
        lengths = np.hypot(
            np.linalg.norm(np.diff(surface.moved, axis=axis), axis=-1), np.diff(surface.relief, axis=axis)
        )
        assert np.percentile(np.abs(lengths - 1.0), 90.0) < 0.05


@given(turn_deg=st.floats(0.0, 180.0), steep=st.floats(0.0, 0.6))
def test_a_straight_crease_of_any_direction_neither_stretches_nor_shears_the_sheet(
    turn_deg: float, steep: float
) -> None:
    sheet, turn = sheet_of((100.0, 60.0)), np.deg2rad(turn_deg)
    away = (sheet.x[None] - 50.0) * np.cos(turn) + (sheet.y[:, None] - 30.0) * np.sin(turn)
    surface = bend(sheet, steep * np.abs(away))
    solid = np.concatenate([surface.moved, surface.relief[..., None]], axis=-1)
    right, down = np.diff(solid, axis=1)[:-1], np.diff(solid, axis=0)[:, :-1]
    flat = (np.abs(away) > 2.0)[:-1, :-1]  # beside the crease itself, which the lattice rounds
    for strain in (
        np.linalg.norm(right, axis=-1) - 1.0,
        np.linalg.norm(down, axis=-1) - 1.0,
        (right * down).sum(axis=-1),
    ):
        assert np.abs(strain[flat]).mean() < 0.005


def test_a_slope_towards_the_lamp_is_brighter_than_one_away_from_it() -> None:
    sheet = sheet_of((100.0, 60.0))
    roof = -0.2 * np.abs(sheet.x[None] - 50.0) + np.zeros((len(sheet.y), 1))
    light = bend(sheet, roof).facing(azimuth_deg=180.0, elevation_deg=45.0)
    flat = bend(sheet, np.zeros_like(roof)).facing(180.0, 45.0)
    np.testing.assert_allclose(flat, 1.0, atol=1e-6)
    assert light[40, 40] > 1.1  # the lamp stands at the left
    assert light[40, 110] < 0.9


def test_a_ridge_throws_a_shadow_away_from_the_lamp_and_only_there() -> None:
    sheet = sheet_of((100.0, 60.0))
    ridge = np.maximum(10.0 - np.abs(sheet.x[None] - 50.0), 0.0) * 0.7 + np.zeros((len(sheet.y), 1))
    reached = bend(sheet, ridge).reached(azimuth_deg=180.0, elevation_deg=20.0)[40]
    at = {place: float(reached[round(place - sheet.x[0])]) for place in (20.0, 35.0, 62.0, 66.0, 95.0)}
    assert at[62.0] < 0.2
    assert at[66.0] < 0.5
    assert min(at[20.0], at[35.0], at[95.0]) > 0.95
    np.testing.assert_allclose(bend(sheet, np.zeros_like(ridge)).reached(180.0, 20.0), 1.0)


@pytest.mark.parametrize("size", [(1700, 1300), (640, 480)])
def test_the_light_on_a_sheet_is_that_of_the_place_seen_and_the_same_every_time(size: tuple[int, int]) -> None:
    sheet = sheet_of((280.0, 216.0))
    relief, _ = Crumple((200.0, 200.0), (8.0, 8.0)).shape(sheet, np.random.default_rng(0))
    surface, sun, scale = bend(sheet, relief), Sun(40.0, 35.0, 0.4, 0.1), size[0] / 280.0
    seen = as_field(field_nodes(size) / scale, size)
    light = shaded(surface, seen, size, sun).nodes
    flat = shaded(bend(sheet, 0.0 * relief), seen, size, sun).nodes
    np.testing.assert_allclose(flat, 1.0, atol=1e-5)
    np.testing.assert_array_equal(light, shaded(surface, seen, size, sun).nodes)
    assert 0.05 < light.min() < 0.9 < 1.05 < light.max() < 4.0
    places = halve_stride(seen.back_mm, size, STRIDE_PX)
    lamp = surface.facing(40.0, 35.0) * surface.reached(40.0, 35.0)
    expected = (0.6 * lamp + 0.4) * surface.openness()  # of green, which has no warmth
    nearest = np.floor(places - (sheet.x[0], sheet.y[0])).astype(int)
    inner = ((places > 10.0) & (places < (270.0, 206.0))).all(axis=2)
    found = expected[nearest[inner][:, 1], nearest[inner][:, 0]]
    assert np.corrcoef(found, light[inner][:, 1])[0, 1] > 0.9


def test_a_gutter_is_dark_at_the_bottom_and_bends_the_page_towards_it() -> None:
    sheet = sheet_of((200.0, 150.0))
    for seed in range(6):
        relief, creases = Gutter(1.0, (14.0, 14.0), (45.0, 45.0)).shape(sheet, np.random.default_rng(seed))
        surface = bend(sheet, relief)
        openness = surface.openness()
        assert not len(creases)
        assert 0.15 <= openness.min() < 0.5
        assert np.median(openness) > 0.98
        lost = sheet.x[-1] - sheet.x[0] - np.ptp(surface.moved[..., 0], axis=1).min()
        lost += sheet.y[-1] - sheet.y[0] - np.ptp(surface.moved[..., 1], axis=0).min()
        assert lost > 2.0
    assert not Gutter(0.0).shape(sheet, np.random.default_rng(0))[0].any()


def test_corners_stand_up_and_the_rest_of_the_sheet_lies_still() -> None:
    sheet = sheet_of((200.0, 150.0))
    inner = (sheet.y > 45.0) & (sheet.y < 105.0), (sheet.x > 45.0) & (sheet.x < 155.0)
    homes = set()
    for seed in range(24):
        relief, _ = Fold((1.0, 1.0), ("corner",), (30.0, 30.0)).shape(sheet, np.random.default_rng(seed))
        assert np.abs(relief[np.ix_(*inner)]).max() < 1e-9
        corners = np.abs([relief[i, j] for i in (24, -26) for j in (24, -26)])
        assert (corners > 1.0).sum() == 1
        homes.add(int(corners.argmax()))
    assert homes == {0, 1, 2, 3}


_STEEP = (Crumple((900.0, 900.0), (30.0, 30.0), (1.5, 1.5)), Fold((4.0, 4.0), ("any",), (60.0, 60.0)))


@settings(max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    lean=st.floats(0.0, 60.0),
    steps=st.lists(st.sampled_from([*_STEEP, Gutter(1.0), Curl((40.0, 40.0)), Wave((10.0, 10.0))]), min_size=1),
)
def test_no_place_of_the_paper_is_seen_twice_or_hidden_by_another(
    seed: int, lean: float, steps: list[SheetStep]
) -> None:
    pose = (Tilt((0.0, 45.0)), Perspective((lean, lean), (0.8, 0.8)))
    recipe = Recipe(name="r", sheet=tuple(steps[:3]), capture=pose, dpi=(60.0, 60.0))  # type: ignore[arg-type]
    layout = find_layout("3x4+II")
    seen = look(recipe, layout, Ideal(), partial(stream, seed, 0)).to_px
    assert isinstance(seen, Field)
    assert seen.unfolded(layout.page_mm)
    mm = np.random.default_rng(seed).uniform(2.0, np.array(layout.page_mm) - 2.0, (500, 2))
    px = seen.forward(mm)
    np.testing.assert_allclose(seen.inverse(px), mm, atol=1e-6)
    right, down = (seen.inverse(px + shift) - mm for shift in ((0.05, 0.0), (0.0, 0.05)))
    assert (right[:, 0] * down[:, 1] - right[:, 1] * down[:, 0] > 0.0).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_cell_that_holds_a_place_is_found_on_any_lattice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    nodes = np.stack(np.meshgrid(np.arange(12.0), np.arange(9.0)), axis=-1)
    bent = (nodes * (3.0, 2.0) + rng.uniform(-0.4, 0.4, nodes.shape)).astype(np.float32)
    field = Field(bent)
    for at in rng.uniform((0.0, 0.0), (11.0, 8.0), (40, 2)):
        place = field.inverse(((at - 1.0) * STRIDE_PX + (STRIDE_PX - 1) / 2.0)[None])[0]
        np.testing.assert_allclose(search_cells(bent, bounds(bent), place), at, atol=1e-9)


def test_a_field_that_folds_over_is_noticed() -> None:
    size = (200, 160)
    places = field_nodes(size) / 4.0
    assert as_field(places, size).unfolded((50.0, 40.0))
    places[:, 0] += 6.0 * np.sin(places[:, 0] / 3.0)
    assert not as_field(places, size).unfolded((50.0, 40.0))


def test_the_desk_in_a_torn_corner_is_as_light_as_beside_the_sheet() -> None:
    tear, sheet = (Tear((2.0, 2.0), (60.0, 60.0)),), (Crumple((80.0, 80.0), (12.0, 12.0)),)
    recipe = Recipe(name="r", covers=tear, sheet=sheet, desk=(0.6, 0.6), frame=(0.05, 0.05))
    sample = generate(recipe, heart_record(1, 1), seed=2, index=0)
    desk = sample.image[5, 5].astype(int)
    like = (np.abs(sample.image.astype(int) - desk).max(axis=2) < 3)[60:-60, 60:-60]
    assert like.sum() > 2 * 20.0**2 * sample.px_per_mm**2


def test_creases_break_the_ink_and_bare_pages_have_none() -> None:
    flat = Recipe(name="r", sheet=(Wave((0.0, 0.0)),), dpi=(150.0, 150.0))
    folded = msgspec.structs.replace(flat, sheet=(Fold((3.0, 3.0), ("any",), (0.0, 0.0)),))
    pages = [generate(recipe, heart_record(1, 1), seed=1, index=0).image.astype(int) for recipe in (flat, folded)]
    changed = np.abs(pages[0] - pages[1]).max(axis=2) > 8
    assert 0.0003 < changed.mean() < 0.05
    bare = [generate(recipe, heart_record(1, 1), seed=1, index=0, bare=True).image for recipe in (flat, folded)]
    np.testing.assert_array_equal(bare[0], bare[1])


def test_a_bent_page_comes_back_from_disk_with_its_map(tmp_path: Path) -> None:
    sample = _bare("all", dpi=100.0)
    write_sample(sample, tmp_path, "a")
    found = read_sample(tmp_path / "a.json")
    assert isinstance(found.map, Field)
    at = np.array([[20.0, 30.0], [200.0, 150.0]])
    np.testing.assert_array_equal(found.map.forward(at), sample.map.forward(at))
    np.testing.assert_array_equal(found.masks["II"], sample.masks["II"])
    assert (tmp_path / "a.npz").stat().st_size < 2_000_000


def test_bending_leaves_the_draws_of_other_stages_alone() -> None:
    recipe = load_recipe("crumpled")
    some = msgspec.structs.replace(recipe, sheet=recipe.sheet[:2])
    one, other = (generate(r, heart_record(1, 1), seed=5, index=2) for r in (recipe, some))
    assert one.image.shape == other.image.shape
    for a, b in zip(one.traces, other.traces, strict=True):
        np.testing.assert_array_equal(a.mv, b.mv)
        assert a.width_mm == b.width_mm
    assert [mark.string for mark in one.marks] == [mark.string for mark in other.marks]


@pytest.mark.parametrize("sheet", [(), _ALL])
@pytest.mark.parametrize("barrel", [-0.12, 0.12])
def test_the_ink_lies_on_its_label_behind_a_lens_and_after_a_turn(sheet: tuple[SheetStep, ...], barrel: float) -> None:
    capture = (*_POSE, Turn((1,)), Lens((barrel, barrel)))
    recipe = Recipe(name="r", sheet=sheet, capture=capture, dpi=(200.0, 200.0))  # type: ignore[arg-type]
    sample = generate(recipe, heart_record(1, 7), seed=3, index=0, bare=True)
    errors = ink_errors(sample)
    assert len(errors) > 10
    assert np.median(np.abs(errors)) <= 0.06
    assert np.percentile(np.abs(errors), 95) <= 0.30
    across = sample.map.forward(np.array([[100.0, 100.0], [150.0, 100.0]]))
    assert abs(np.diff(across[:, 1])[0]) > 3.0 * abs(np.diff(across[:, 0])[0])  # a quarter turn


def test_an_unsteady_feed_and_a_bent_sheet_go_together() -> None:
    recipe = Recipe(name="r", sheet=_ALL, capture=_POSE, printers=(Thermal(feed_mm=(0.2, 0.2)),))
    sample = generate(recipe, heart_record(1, 1), seed=1, index=0, bare=True)
    errors = ink_errors(sample)
    assert np.median(np.abs(errors)) <= 0.06
    assert mv_error(sample) < 1e-6


@pytest.mark.parametrize("size", [(64, 48), (101, 77), (17, 16)])
def test_a_field_of_a_flat_map_is_that_map(size: tuple[int, int]) -> None:
    back = Homography(np.array([[0.1, 0.01, 3.0], [-0.02, 0.12, 5.0], [0.0, 0.0, 1.0]]))
    field = as_field(back.forward(field_nodes(size)), size)
    px = np.random.default_rng(0).uniform(-3.0, 1.0, (200, 2)) + np.random.default_rng(1).uniform(0, 1, (200, 2)) * size
    np.testing.assert_allclose(field.inverse(px), back.forward(px), atol=1e-4)
    np.testing.assert_allclose(field.forward(field.inverse(px)), px, atol=1e-8)
    x, y = np.meshgrid(np.arange(size[0]), np.arange(size[1]))
    every = field.inverse(np.stack([x.ravel(), y.ravel()], axis=1).astype(float)).reshape(size[1], size[0], 2)
    np.testing.assert_allclose(spread_nodes(field.back_mm, size), every, atol=1e-4)
    nodes = field_nodes(size)
    assert nodes[0].tolist() == [-(STRIDE_PX + 1) / 2.0, -(STRIDE_PX + 1) / 2.0]


@pytest.mark.slow
def test_the_ink_lies_on_its_label_under_all_of_it_at_once() -> None:
    sheet = (*_ALL, Gutter(1.0, (12.0, 12.0), (50.0, 50.0)))
    capture = (*_POSE, Turn((1,)), Lens((0.05, 0.05)), RollingShutter((0.02, 0.02), (1.0, 1.0)))
    recipe = Recipe(name="r", printers=(Thermal(),), sheet=sheet, capture=capture, dpi=(200.0, 200.0))  # type: ignore[arg-type]
    pages = [generate(recipe, heart_record(index, 7), seed=3, index=index, bare=True) for index in range(3)]
    errors = np.concatenate([ink_errors(page) for page in pages])
    assert len(errors) > 15
    assert np.median(np.abs(errors)) <= 0.06
    assert np.percentile(np.abs(errors), 95) <= 0.30


@pytest.mark.slow
@pytest.mark.parametrize("severity", [0.5, 1.0])
@pytest.mark.parametrize("name", ["everything", "crumpled", "phone", "0010", "0006"])
def test_every_point_of_a_page_of_a_recipe_that_ships_comes_back(name: str, severity: float) -> None:
    sample = generate(with_severity(load_recipe(name), severity), heart_record(1, 7), seed=3, index=1, bare=True)
    px = np.random.default_rng(0).uniform(0.0, 1.0, (20_000, 2)) * sample.size_px - 0.5
    mm = sample.map.inverse(px)
    on = ((mm >= 0.0) & (mm <= sample.page_mm)).all(axis=1)
    assert on.mean() > 0.2
    assert np.abs(sample.map.forward(mm[on]) - px[on]).max() < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_the_steeper_a_crumple_is_asked_for_the_steeper_it_lies(seed: int) -> None:
    sheet, slopes = sheet_of((279.4, 215.9)), []
    for angle_deg in (5.0, 9.0, 15.0, 25.0):
        relief, _ = Crumple((400.0, 400.0), (angle_deg, angle_deg)).shape(sheet, np.random.default_rng(seed))
        slopes.append(float(np.median(np.hypot(*np.gradient(bend(sheet, relief).relief)))))
    assert slopes[-1] > 1.2 * slopes[-2] > 1.2**2 * slopes[-3] > 1.2**3 * slopes[-4]
