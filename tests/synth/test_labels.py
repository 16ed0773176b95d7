"""Promises of the labels: they lie on the ink to a few hundredths of a pixel, and lead back to time and mV."""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
import pytest

from synth.catalogue import CATALOGUE, COMPETITION
from synth.degrade.capture.codec import Png
from synth.degrade.step import Geometric
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe, with_layout
from synth.record import EcgRecord
from synth.sample import Sample
from synth.style import Style
from tests.ink import ink_errors, mask_agreement, mv_error

_RECIPES = ("clean", "mild")
_RECORDS = 5


@cache
def _bare(recipe: str, index: int) -> Sample:
    return generate(load_recipe(recipe), heart_record(index, 7), seed=3, index=index, bare=True)


def _with(name: str, **changes: object) -> Recipe:
    return msgspec.structs.replace(load_recipe(name), **changes)


@pytest.mark.parametrize("recipe", _RECIPES)
def test_the_centre_of_the_ink_lies_on_the_label(recipe: str) -> None:
    errors = np.concatenate([ink_errors(_bare(recipe, index)) for index in range(_RECORDS)])
    assert len(errors) > 100
    assert np.median(np.abs(errors)) <= 0.03
    assert np.percentile(np.abs(errors), 95) <= 0.12
    assert abs(errors.mean()) <= 0.01


@pytest.mark.parametrize("dpi", [150.0, 300.0])
def test_the_centre_of_the_ink_lies_on_the_label_at_any_resolution(dpi: float) -> None:
    recipe = _with("clean", dpi=(dpi, dpi))
    pages = [generate(recipe, heart_record(index, 7), seed=3, index=index, bare=True) for index in (1, 3)]
    errors = np.concatenate([ink_errors(page) for page in pages])
    assert len(errors) > 20
    assert np.median(np.abs(errors)) <= 0.03
    assert np.percentile(np.abs(errors), 95) <= 0.12


@pytest.mark.parametrize("recipe", [*_RECIPES, "varied"])
@pytest.mark.parametrize("index", range(2))
def test_time_and_mv_come_back_from_the_label_through_the_map(recipe: str, index: int) -> None:
    sample = _bare(recipe, index)
    for trace in sample.traces:
        x_mm, y_mm = sample.map.inverse(trace.xy_px).T
        np.testing.assert_allclose((x_mm - sample.t0_mm) / sample.speed_mm_s, trace.t_s, atol=1e-6)
        np.testing.assert_allclose((trace.zero_mm - y_mm) / sample.gain_mm_mv, trace.mv, atol=1e-6)


@pytest.mark.parametrize(("recipe", "least"), [("clean", 0.98), ("mild", 0.95)])
def test_the_soft_masks_cover_the_ink(recipe: str, least: float) -> None:
    for index in range(2):
        sample = _bare(recipe, index)
        mask = np.max(list(sample.masks.values()), axis=0)
        ink = 1.0 - sample.image[..., 0] / 255.0
        both, either = (mask > 0.5) & (ink > 0.5), (mask > 0.5) | (ink > 0.5)
        assert both.sum() / either.sum() >= least
        assert mask.sum() == pytest.approx(ink.sum(), rel=0.02)  # as soft as the ink: its area is kept


@pytest.mark.slow
@pytest.mark.parametrize("layout", CATALOGUE)
def test_labels_are_exact_on_every_layout(layout: str) -> None:
    errors = []
    for index in range(2):
        sample = generate(with_layout(load_recipe("clean"), layout), heart_record(index, 7), seed=3, index=0, bare=True)
        errors.append(ink_errors(sample))
        assert mv_error(sample) <= 1e-6
        assert mask_agreement(sample) >= 0.98
    e = np.concatenate(errors)
    assert len(e) > 0
    assert np.median(np.abs(e)) <= 0.03
    assert np.percentile(np.abs(e), 95) <= 0.12


def test_there_is_one_mask_per_lead_and_strips_of_one_lead_are_joined() -> None:
    sample = _bare("clean", 0)
    assert list(sample.masks) == list(dict.fromkeys(trace.lead for trace in sample.traces))
    short, rhythm = (trace for trace in sample.traces if trace.lead == "II")
    assert (short.rhythm, rhythm.rhythm) == (False, True)
    np.testing.assert_array_equal(sample.masks["II"], np.maximum(sample.mask(short), sample.mask(rhythm)))
    for mask in sample.masks.values():
        assert mask.shape == sample.image.shape[:2]
        assert mask.dtype == np.float32
        assert 0.0 == mask.min() < mask.max() <= 1.0


def test_what_lies_outside_the_picture_is_labelled_and_not_visible() -> None:
    record = heart_record(0, 7)
    whole = generate(_with("clean"), record, seed=3, index=0, bare=True)
    cut = generate(_with("clean", frame=(-0.15, -0.15)), record, seed=3, index=0, bare=True)
    for trace, uncut in zip(cut.traces, whole.traces, strict=True):
        np.testing.assert_array_equal(trace.mv, uncut.mv)
        h, w = cut.image.shape[:2]
        x, y = np.round(trace.xy_px).T
        np.testing.assert_array_equal(trace.visible, (x >= 0) & (x < w) & (y >= 0) & (y < h))
        assert uncut.visible.all()
    hidden = np.concatenate([~trace.visible for trace in cut.traces])
    assert 0.05 < hidden.mean() < 0.5


def test_a_gap_in_the_record_is_a_gap_in_the_ink_and_in_the_label() -> None:
    record = heart_record(0, 7)
    mv = record.mv.copy()
    mv[:, 200:700] = np.nan  # 0.4 s to 1.4 s: 10 mm to 35 mm from the first column's start
    gapped = EcgRecord(record.name, record.fs_hz, record.leads, mv)
    sample = generate(load_recipe("clean"), gapped, seed=3, index=0, bare=True)
    first = sample.traces[0]
    assert not ((first.t_s >= 0.4) & (first.t_s < 1.4)).any()
    assert np.isfinite(first.mv).all()
    columns = slice(*(round((COMPETITION.t0_mm + mm) / 25.4 * 200.0) for mm in (10.5, 34.5)))
    assert (sample.image[:, columns] == 255).all()
    assert all((mask[:, columns] == 0).all() for mask in sample.masks.values())


def test_each_mask_is_whole_where_leads_overlap_and_a_map_says_where() -> None:
    record = heart_record(0, 7)
    tall = EcgRecord(record.name, record.fs_hz, record.leads, record.mv * 6.0)
    sample = generate(with_layout(load_recipe("clean"), "schiller-12x1"), tall, seed=3, index=0, bare=True)
    inked = np.sum([mask >= 0.5 for mask in sample.masks.values()], axis=0)
    np.testing.assert_array_equal(inked, sample.overlap)
    assert (sample.overlap > 1).sum() > 100
    for trace in sample.traces:  # nobody lends ink to the one above it
        alone = generate(
            with_layout(load_recipe("clean"), "schiller-12x1"),
            EcgRecord("one", record.fs_hz, (trace.lead,), record.mv[[record.leads.index(trace.lead)]] * 6.0),
            seed=3, index=0, bare=True,
        )  # fmt: skip
        np.testing.assert_array_equal(alone.masks[trace.lead], sample.masks[trace.lead])
        if trace.lead == "V2":
            break


@pytest.mark.parametrize("recipe", ["clean", "mild"])
@pytest.mark.parametrize(
    ("layout", "turn_deg"),
    [("3x4+II", 0.0), ("muse-3x4+3R", 0.0), ("roll-3x4+1R", 0.0), ("roll-3x4+1R", 0.9), ("12x1", -1.5)],
)
def test_the_nodes_of_the_lattice_lie_on_the_crossings_of_the_printed_grid(
    recipe: str, layout: str, turn_deg: float
) -> None:
    style = Style(
        fine=(0.0, 0.0), coarse=(1.0, 1.0), coarse_mm=(0.4, 0.4), grid_colours=("black",), ink=(1.0, 1.0),
        trace_mm=(0.1, 0.1), header=0.0, footer=0.0, lead_name=0.0, pulse=0.0, separator=0.0,
        grid_turn_deg=(turn_deg, turn_deg),
    )  # fmt: skip
    plain = msgspec.structs.replace(
        with_layout(load_recipe(recipe), layout), style=style, dpi=(254.0, 254.0), desk=(1.0, 1.0)
    )
    plain = msgspec.structs.replace(
        plain, scene=(), capture=tuple(step for step in plain.capture if isinstance(step, Geometric)), codec=Png()
    )
    sample = generate(plain, heart_record(0, 7), seed=3, index=0)
    lattice = sample.lattice()
    ink = 255.0 - sample.image.astype(np.float64).mean(axis=2)
    assert lattice.visible.mean() > 0.9
    inner = lattice.px[1:-1:3, 1:-1:3][lattice.visible[1:-1:3, 1:-1:3]]
    errors = []
    for x, y in inner:
        column, row = round(x), round(y)
        cut = ink[max(0, row - 16) : row + 17, max(0, column - 16) : column + 17]
        if cut.shape != (33, 33):
            continue
        for place, centre, part in ((x, column, cut), (y, row, cut.T)):
            profile = np.concatenate([part[:8], part[-8:]]).mean(axis=0)  # of one line, away from the one across
            at = np.arange(-16, 17) + centre
            weight = profile * (np.abs(at - place) < 8)
            errors.append(float((weight * at).sum() / weight.sum() - place))
    assert len(errors) > 100
    assert np.median(np.abs(errors)) < 0.06
    assert abs(np.mean(errors)) < 0.03


@pytest.mark.parametrize("layout", ["roll-3x4+1R", "12x1", "mac400-3x4"])
def test_a_grid_that_is_turned_by_next_to_nothing_is_drawn_as_a_straight_one(layout: str) -> None:
    papers = []
    for deg in (0.0, 1e-9):
        kind = _with("clean", dpi=(150.0, 150.0))
        style = msgspec.structs.replace(kind.style, grid_turn_deg=(deg, deg))
        turned = msgspec.structs.replace(with_layout(kind, layout), style=style)
        papers.append(generate(turned, heart_record(0, 7), seed=3, index=0).image.astype(int))
    assert np.abs(papers[1] - papers[0]).max() <= 2


def test_nodes_of_a_turned_lattice_lie_whole_lines_from_the_grid_s_origin() -> None:
    style = Style(grid_turn_deg=(1.2, 1.2))
    turned = msgspec.structs.replace(with_layout(load_recipe("clean"), "12x1"), style=style)
    sample = generate(turned, heart_record(0, 7), seed=3, index=0)
    lattice = sample.lattice()
    lines = sample.grid_mm(lattice.mm) / 5.0
    assert np.abs(lines - np.round(lines)).max() < 1e-9
    assert lattice.visible.sum() > 1000


@pytest.mark.parametrize("stride", [1, 8, 13])
def test_the_millimetre_field_says_where_on_the_paper_a_pixel_lies(stride: int) -> None:
    sample = generate(_with("mild", dpi=(60.0, 60.0)), heart_record(0, 7), seed=3, index=0)
    field = sample.mm_field(stride)
    h, w = sample.image.shape[:2]
    assert field.shape == (-(-h // stride), -(-w // stride), 2)
    for i, j in ((0, 0), (field.shape[0] - 1, field.shape[1] // 2), (5, 7)):
        there = sample.map.forward(field[i, j][None].astype(np.float64))[0]
        np.testing.assert_allclose(there, [stride * j, stride * i], atol=2e-3)


def test_the_quadrilateral_of_a_text_leans_with_the_page() -> None:
    sample = generate(load_recipe("mild"), heart_record(0, 7), seed=3, index=0)
    for mark in sample.marks:
        corners = np.array(mark.quad_px)
        mm = sample.map.inverse(corners)
        (left, top), (right, bottom) = mm[0], mm[2]
        np.testing.assert_allclose(mm, [[left, top], [right, top], [right, bottom], [left, bottom]], atol=1e-6)
        assert left < right
        assert top < bottom
        np.testing.assert_allclose(corners.min(axis=0), mark.box_px[:2], atol=1e-6)
        np.testing.assert_allclose(corners.max(axis=0), mark.box_px[2:], atol=1e-6)
