"""Promises that every degradation keeps; the unions are walked, so that a new one is tested by being named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth.degrade.blend import lay_on_desk
from synth.degrade.capture.codec import Codec
from synth.degrade.capture.copier import Fax
from synth.degrade.capture.plugin import Albumentations, Imgaug
from synth.degrade.capture.scanner import Bilevel
from synth.degrade.capture.steps import CaptureStep
from synth.degrade.covers.cover import Cover, CoverStep, Holes, Redaction, hidden_by, lay_covers
from synth.degrade.covers.steps import AnyCover
from synth.degrade.paper.steps import AnyPaperStep
from synth.degrade.paper.tint import Tinting, apply_tint
from synth.degrade.printers.printer import AnyPrinter
from synth.degrade.scene.desk import Desk, draw_desk
from synth.degrade.scene.steps import SceneStep
from synth.degrade.scene.thing import Placing, Setting
from synth.degrade.sheet.steps import AnySheetStep
from synth.degrade.step import Geometric, Imprint, Lighting, Optical, Photometric, Reflecting
from synth.generate import generate
from synth.geometry import affine
from synth.heart import heart_record
from synth.light import Sun
from synth.recipe import Recipe, load_recipe, shipped_recipes


def _members(union: Any) -> tuple[type, ...]:
    return get_args(union) or (union,)


SECTIONS = {
    "paper": _members(AnyPaperStep),
    "covers": _members(AnyCover),
    "scene": _members(SceneStep),
    # plug-ins: see test_plugin.py and test_imgaug.py
    "capture": tuple(step for step in _members(CaptureStep) if step not in (Albumentations, Imgaug)),
}
STEPS = [step for members in SECTIONS.values() for step in members]
CODECS = _members(Codec)
PHOTOMETRIC = [step for step in STEPS if issubclass(step, Photometric)]
LIGHTING = [step for step in STEPS if issubclass(step, Lighting)]
TINTING = [step for step in STEPS if issubclass(step, Tinting)]
IMPRINTS = [step for step in STEPS if issubclass(step, Imprint)]
PLACING = [step for step in STEPS if issubclass(step, Placing)]
REFLECTING = [step for step in STEPS if issubclass(step, Reflecting)]
COVERS = [step for step in STEPS if issubclass(step, CoverStep)]
OPTICAL = [step for step in STEPS if issubclass(step, Optical)]
GEOMETRIC = [step for step in STEPS if issubclass(step, Geometric)]


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _image(h: int = 61, w: int = 84) -> NDArray[np.uint8]:
    return _rng(9).integers(0, 256, (h, w, 3), dtype=np.uint8)


def _ranges(step: type) -> Iterator[tuple[str, tuple[float, float]]]:
    made = step()
    for name in step.__struct_fields__:
        value = getattr(made, name)
        if isinstance(value, tuple) and isinstance(value[0], float):
            yield name, value


def _widest(step: type) -> dict[str, tuple[float, float]]:
    """Every range as wide as the step allows."""
    widest = {}
    for name, span in _ranges(step):
        with pytest.raises(ValueError, match="within") as caught:
            step(**{name: (span[0], 1e9)})
        low, high = str(caught.value).split("[low, high] within [")[1].split("]")[0].split(",")
        widest[name] = (float(low), float(high))
    return widest


@pytest.mark.parametrize("step", [*STEPS, *CODECS])
def test_every_step_has_a_docstring_that_names_its_fields_with_their_units(step: type) -> None:
    doc = step.__dict__["__doc__"]
    assert doc.strip().splitlines()[0].endswith(".")
    for name in step.__struct_fields__:
        assert f"        {name}: " in doc


@pytest.mark.parametrize("step", [*STEPS, *CODECS])
def test_every_step_has_defaults_and_its_ranges_are_in_order(step: type) -> None:
    assert step() == step()
    for name, (low, high) in _ranges(step):
        assert low <= high, name


@pytest.mark.parametrize("step", [*STEPS, *CODECS])
def test_every_range_refuses_what_is_out_of_order_or_no_number(step: type) -> None:
    for name, _ in _ranges(step):
        for wrong in ((1.0, 0.5), (np.nan, np.nan), (-1e9, 0.0), (0.0, 1e9)):
            with pytest.raises(ValueError, match=f"{name} must be"):
                step(**{name: wrong})


@pytest.mark.parametrize("step", [*STEPS, *get_args(AnyPrinter), *get_args(AnySheetStep)])
def test_a_step_refuses_an_empty_choice_and_says_what_there_is_to_choose(step: type) -> None:
    for name in step.__struct_fields__:
        value = getattr(step(), name)
        if isinstance(value, tuple) and not isinstance(value[0], float):
            with pytest.raises(ValueError, match=rf"{name} must name some of .*\b{value[0]}\b.*; got none"):
                step(**{name: ()})


@pytest.mark.parametrize("section", SECTIONS)
def test_every_step_is_used_by_a_shipped_recipe(section: str) -> None:
    used = {type(step) for name in shipped_recipes() for step in getattr(load_recipe(name), section)}
    assert used == set(SECTIONS[section])


def test_every_codec_is_used_by_a_shipped_recipe() -> None:
    assert {type(load_recipe(name).codec) for name in shipped_recipes()} == set(CODECS)


def test_every_step_is_of_one_kind_and_no_two_share_a_kind() -> None:
    kinds = (PHOTOMETRIC, LIGHTING, PLACING, REFLECTING, TINTING, IMPRINTS, GEOMETRIC, OPTICAL, COVERS)
    assert sorted(repr(step) for kind in kinds for step in kind) == sorted(map(repr, STEPS))
    kinds = [step.__struct_config__.tag for step in STEPS]
    assert len(set(kinds)) == len(kinds)


@pytest.mark.parametrize("step", PHOTOMETRIC)
@pytest.mark.parametrize("size", [(61, 84), (16, 16), (120, 33)])
def test_exposing_keeps_shape_and_type(step: type[Photometric], size: tuple[int, int]) -> None:
    exposed = step().expose(_image(*size), _rng())
    assert exposed.shape == (*size, 3)
    assert exposed.dtype == np.uint8


@pytest.mark.parametrize("step", PHOTOMETRIC)
def test_exposing_depends_on_nothing_but_the_picture_and_the_draws(step: type[Photometric]) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    once, again = (strong.expose(_image(), _rng(1)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert not np.allclose(once, _image())


def _tilted_line(size: int = 240) -> NDArray[np.uint8]:
    """A dark line across white paper, 5 px wide, that falls by 12 px: every fraction of a pixel is met."""
    x, y = np.meshgrid(np.arange(size), np.arange(size))
    away = np.abs(y - size / 2.0 - 12.0 * (x / size - 0.5))
    return np.repeat((30.0 + 215.0 * np.clip(away - 2.0, 0.0, 1.0))[..., None], 3, axis=2).astype(np.uint8)


def _line_centre(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Centre of what is dark in each column of a picture of `_tilted_line`, the borders of the picture left out."""
    band = 255.0 - image[80:160, 40:200].mean(axis=2)
    ink = np.clip(band - 100.0, 0.0, None)
    return np.asarray((ink * np.arange(80, 160)[:, None]).sum(axis=0) / np.maximum(ink.sum(axis=0), 1e-9))


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("step", PHOTOMETRIC)
def test_no_photometric_step_moves_the_ink(step: type[Photometric], turned: bool) -> None:
    line = _tilted_line()
    shown = [line.transpose(1, 0, 2) if turned else line for _ in range(8)]
    seen = [step().expose(np.ascontiguousarray(image), _rng(seed)) for seed, image in enumerate(shown)]
    offsets = [_line_centre(image.transpose(1, 0, 2) if turned else image) - _line_centre(line) for image in seen]
    assert abs(np.median(offsets)) < 0.12
    dots = step in (Bilevel, Fax)  # black or white: ink lies where dots can, and errors are diffused one way
    assert max(abs(np.median(moved)) for moved in offsets) < (0.75 if dots else 0.12)


@pytest.mark.parametrize("step", TINTING)
def test_a_tint_takes_light_and_never_gives_any_and_depends_on_the_draws_only(step: type[Tinting]) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    for kind in (step(), strong):
        tint = kind.tint((120, 90), _rng(1))
        assert tint.shape == (120, 90, 3)
        assert tint.dtype == np.float32
        assert -1e-6 <= tint.min() <= tint.max() <= 1.0 + 1e-6
        np.testing.assert_array_equal(tint, kind.tint((120, 90), _rng(1)))
    tint = strong.tint((120, 90), _rng(1))
    assert tint.min() < 0.8
    white = np.full((240, 180, 3), 255, dtype=np.uint8)
    assert apply_tint(white, tint).min() < 210


@pytest.mark.parametrize("step", TINTING)
@pytest.mark.parametrize("shape", [(420, 560), (100, 560), (30, 40)])
def test_tints_may_lie_partly_or_wholly_beside_the_paper(step: type[Tinting], shape: tuple[int, int]) -> None:
    for seed in range(15):
        assert step().tint(shape, _rng(seed)).shape == (*shape, 3)


@pytest.mark.parametrize("step", LIGHTING)
@pytest.mark.parametrize("shape", [(30, 40), (3, 3), (200, 12)])
def test_light_is_a_positive_factor_that_never_glows_and_depends_on_the_draws_only(
    step: type[Lighting], shape: tuple[int, int]
) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    for lamp in (step(), strong):
        light = lamp.shine(shape, _rng(1))
        assert light.shape == (*shape, 3)
        assert light.dtype == np.float32
        assert 0.0 < light.min() <= light.max() <= 1.0 + 1e-6
        np.testing.assert_array_equal(light, lamp.shine(shape, _rng(1)))
    assert np.ptp(strong.shine((30, 40), _rng(1))) > 0.3


@pytest.mark.parametrize("step", REFLECTING)
@pytest.mark.parametrize("shape", [(30, 40), (3, 3), (200, 12)])
def test_what_is_mirrored_is_light_and_depends_on_slopes_and_draws_only(
    step: type[Reflecting], shape: tuple[int, int]
) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    slopes = 0.1 * _rng(4).standard_normal((*shape, 2), dtype=np.float32)
    for kind in (step(), strong):
        light = kind.reflect(slopes, _rng(1))
        assert light.shape == (*shape, 3)
        assert light.min() >= 0.0
        np.testing.assert_array_equal(light, kind.reflect(slopes, _rng(1)))
    assert strong.reflect(slopes, _rng(1)).max() > 0.5


@pytest.mark.parametrize("step", PLACING)
@pytest.mark.parametrize("margin", [-0.05, 0.05, 0.4])
def test_things_lie_in_the_picture_and_depend_on_the_draws_only(step: type[Placing], margin: float) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    size = (round(840 * (1.0 + 2.0 * margin)), round(630 + 1680 * margin))
    to_px = affine(3.0, (840 * margin, 840 * margin))
    setting = Setting((280.0, 210.0), to_px, to_px, size, Sun(30.0, 45.0, 0.5))
    for kind in (step(), strong):
        for seed in range(8):
            found, again = (kind.place(setting, _rng(seed)) for _ in range(2))
            for one, other in zip(found, again, strict=True):
                h, w = one.cover.shape
                assert one.left >= 0 <= one.top
                assert one.left + w <= size[0]
                assert one.top + h <= size[1]
                assert one.colour.shape == (h, w, 3)
                assert one.shade.shape == (h, w)
                for name in ("colour", "cover", "shade"):
                    assert getattr(one, name).dtype == np.uint8
                    np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert margin != 0.05 or any(strong.place(setting, _rng(seed)) for seed in range(4))


@pytest.mark.parametrize("step", GEOMETRIC)
@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), w=st.floats(50.0, 500.0), h=st.floats(50.0, 500.0))
def test_a_warp_undone_is_the_identity(step: type[Geometric], seed: int, w: float, h: float) -> None:
    at = _rng(seed).uniform((0.0, 0.0), (w, h), (50, 2))
    for extreme in (step(), step(**_widest(step))):
        warp = extreme.warp((w, h), _rng(seed))
        np.testing.assert_allclose(warp.inverse(warp.forward(at)), at, atol=1e-7)
        again = extreme.warp((w, h), _rng(seed))
        np.testing.assert_array_equal(again.forward(at), warp.forward(at))


@pytest.mark.parametrize("step", GEOMETRIC)
@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_a_warp_keeps_the_sheet_before_the_camera_and_the_right_way_up(step: type[Geometric], seed: int) -> None:
    w, h = 279.4, 215.9
    warp = step(**_widest(step)).warp((w, h), _rng(seed))
    corners = warp.forward(np.array([[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]]))
    edges = np.roll(corners, -1, axis=0) - corners
    turns = edges[:, 0] * np.roll(edges, -1, axis=0)[:, 1] - edges[:, 1] * np.roll(edges, -1, axis=0)[:, 0]
    assert (turns > 0).all()  # still convex, still clockwise: no mirror, no horizon


@pytest.mark.parametrize("step", OPTICAL)
def test_a_lens_leaves_its_middle_alone_and_never_folds_the_picture(step: type[Optical]) -> None:
    size = (2200, 1700)
    x, y = np.meshgrid(np.linspace(0.0, 2199.0, 45), np.linspace(0.0, 1699.0, 35))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    for strong in (step(), *(step(**{n: (end, end)}) for n, span in _widest(step).items() for end in span)):
        moved = strong.refract(points, size, _rng(1)).reshape(35, 45, 2)
        assert (np.diff(moved[..., 0], axis=1) > 0.0).all()
        assert (np.diff(moved[..., 1], axis=0) > 0.0).all()
        assert np.abs(moved[17, 22] - (x[17, 22], y[17, 22])).max() < 2.0
        np.testing.assert_array_equal(moved, strong.refract(points, size, _rng(1)).reshape(35, 45, 2))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("size", [(61, 84), (16, 300)])
def test_every_codec_stores_a_picture_of_the_same_size(codec: type, size: tuple[int, int]) -> None:
    image = cv2.GaussianBlur(_image(*size), (0, 0), 4.0)
    data = codec().encode(image, _rng())
    assert data == codec().encode(image, _rng())
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert found.shape == image.shape
    assert np.abs(found.astype(int) - image).mean() < 5


@pytest.mark.parametrize("kind", get_args(Desk))
@pytest.mark.parametrize("size", [(84, 61), (33, 120), (16, 16)])
def test_a_desk_is_as_large_as_the_picture_and_drawn_from_the_draws_only(kind: Desk, size: tuple[int, int]) -> None:
    desk = draw_desk(kind, 0.5, size, _rng(1))
    assert desk.shape == (size[1], size[0], 3)
    assert desk.dtype == np.uint8
    np.testing.assert_array_equal(desk, draw_desk(kind, 0.5, size, _rng(1)))
    assert (desk.std() > 1.0) == (kind != "plain")


@pytest.mark.parametrize("kind", get_args(Desk))
def test_the_part_of_a_desk_that_is_seen_is_that_of_the_whole(kind: Desk) -> None:
    whole = draw_desk(kind, 0.5, (120, 90), _rng(1))
    part = draw_desk(kind, 0.5, (120, 90), _rng(1), [(7, 9, 50, 30)])
    assert np.abs(part[9:30, 7:50].astype(int) - whole[9:30, 7:50]).max() <= 8  # sixteenths of a pixel of fine fibres
    assert np.abs(part[9:30, 7:50].astype(int) - whole[9:30, 7:50]).mean() < 1.0


def test_every_desk_is_used_by_a_shipped_recipe() -> None:
    assert {kind for name in shipped_recipes() for kind in load_recipe(name).desks} == set(get_args(Desk))


def test_a_page_on_a_desk_hides_it_and_is_not_changed() -> None:
    page, desk = _image(60, 80), np.zeros((60, 80, 3), dtype=np.uint8)
    corners = np.array([[10.0, 10.0], [70.0, 10.0], [70.0, 50.0], [10.0, 50.0]])
    laid = lay_on_desk(page, desk, corners)
    np.testing.assert_array_equal(laid[12:49, 12:69], page[12:49, 12:69])
    assert not laid[:8].any()
    assert not laid[:, 73:].any()


@pytest.mark.parametrize("step", COVERS)
def test_covers_depend_on_the_draws_only_and_touch_the_paper(step: type[CoverStep]) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    found = [cover for seed in range(10) for cover in strong.cover((200.0, 150.0), _rng(seed))]
    assert found
    again = [cover for seed in range(10) for cover in strong.cover((200.0, 150.0), _rng(seed))]
    for one, other in zip(found, again, strict=True):
        np.testing.assert_array_equal(one.outline_mm, other.outline_mm)
    on_paper = []
    for cover in found:
        low, high = (
            np.clip(end, (0.0, 0.0), (200.0, 150.0)) for end in (cover.outline_mm.min(0), cover.outline_mm.max(0))
        )
        on_paper.append(hidden_by([cover], _rng(3).uniform(low, high, (2000, 2))).any())
    assert np.mean(on_paper) > 0.5


def test_what_lies_under_a_cover_is_hidden_and_what_is_beside_it_is_not() -> None:
    square = Cover(np.array([[10.0, 10.0], [30.0, 10.0], [30.0, 20.0], [10.0, 20.0]]), (0.0, 0.0, 0.0))
    points = np.array([[11.0, 11.0], [29.0, 19.0], [9.0, 11.0], [20.0, 21.0]])
    assert hidden_by([square], points).tolist() == [True, True, False, False]
    page = lay_covers(np.full((400, 500, 3), 255, dtype=np.uint8), [square], 10.0)
    assert (page[102:198, 102:298] == 0).all()
    assert (page[:98] == 255).all()
    assert (page[:, 303:] == 255).all()


def test_covered_samples_are_labelled_and_not_visible_and_the_ink_there_is_gone() -> None:
    recipe = Recipe(name="r", covers=(Redaction((12.0, 12.0), (60.0, 90.0), (15.0, 20.0), ("white",)),))
    sample = generate(recipe, heart_record(1, 1), seed=2, index=0)
    hidden = np.concatenate([trace.xy_px[~trace.visible] for trace in sample.traces])
    shown = np.concatenate([trace.xy_px[trace.visible] for trace in sample.traces])
    assert len(hidden) > 100
    dark = [sample.image[np.round(y).astype(int), np.round(x).astype(int), 0] < 90 for x, y in (hidden.T, shown.T)]
    assert dark[0].mean() < 0.02
    assert dark[1].mean() > 0.95


def test_a_hole_shows_the_desk() -> None:
    recipe = Recipe(name="r", covers=(Holes(1.0, (8.0, 8.0)),), desk=(0.2, 0.2))
    sample = generate(recipe, heart_record(1, 1), seed=2, index=0)
    assert (np.abs(sample.image.astype(int) - 51).max(axis=2) < 2).sum() > 2 * 0.8 * np.pi * (
        4.0 * sample.px_per_mm
    ) ** 2


@pytest.mark.parametrize("step", IMPRINTS)
@pytest.mark.parametrize("size", [(610, 840), (40, 50), (300, 33)])
def test_an_imprint_keeps_shape_and_type_and_depends_on_the_draws_only(
    step: type[Imprint], size: tuple[int, int]
) -> None:
    strong = step(**{name: (high, high) for name, (_, high) in _widest(step).items()})
    for kind in (step(), strong):
        once, again = (kind.mark(_image(*size), 3.0, _rng(1)) for _ in range(2))
        assert once.shape == (*size, 3)
        assert once.dtype == np.uint8
        np.testing.assert_array_equal(once, again)
    assert not np.array_equal(strong.mark(_image(610, 840), 3.0, _rng(1)), _image(610, 840))
