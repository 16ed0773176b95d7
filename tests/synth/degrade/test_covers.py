"""Promises of folded corners, staples and tears: what they hide is labelled so, and looks so."""

from __future__ import annotations

import numpy as np
import pytest

from synth.degrade.covers.cover import Cover, CoverStep, hidden_by, lay_covers
from synth.degrade.covers.folded import DogEar, Flap
from synth.degrade.covers.staple import Staple
from synth.degrade.covers.torn import Tear, Torn
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from tests.ink import ink_errors

_PAGE = (280.0, 216.0)
_EARS = DogEar((4.0, 4.0), (70.0, 80.0), 0.0)


def _area(outline: np.ndarray) -> float:
    x, y = outline.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def test_a_dog_ear_lies_where_its_corner_is_folded_to_and_the_desk_is_seen_where_it_was() -> None:
    for seed in range(20):
        gone, flap = DogEar((1.0, 1.0), (20.0, 30.0), 0.0).cover(_PAGE, np.random.default_rng(seed))
        assert gone.colour is None
        assert isinstance(flap, Flap)
        a, b, over = flap.outline_mm
        corner = np.array([a, b, flap.home_mm])
        assert _area(flap.outline_mm) == pytest.approx(_area(corner))
        for end in (a, b):
            assert np.hypot(*(over - end)) == pytest.approx(np.hypot(*(flap.home_mm - end)))
        inner = 0.02 * a + 0.02 * b + 0.96 * flap.home_mm
        assert hidden_by([gone], inner[None]).all()
        assert not hidden_by([gone], over[None]).any()


def test_behind_the_page_a_folded_corner_hides_nothing_but_itself() -> None:
    covers = DogEar((3.0, 3.0), behind=1.0).cover(_PAGE, np.random.default_rng(0))
    assert [cover.colour for cover in covers] == [None] * 3


def test_traces_under_a_dog_ear_or_on_it_are_labelled_hidden_and_their_ink_is_gone() -> None:
    recipe = Recipe(name="r", covers=(_EARS,), desk=(0.6, 0.6), dpi=(150.0, 150.0))
    sample = generate(recipe, heart_record(1, 1), seed=2, index=0)
    hidden = np.concatenate([trace.xy_px[~trace.visible] for trace in sample.traces])
    shown = np.concatenate([trace.xy_px[trace.visible] for trace in sample.traces])
    assert len(hidden) > 1000
    dark = [
        sample.image[np.round(y).astype(int), np.round(x).astype(int)].max(axis=1) < 90 for x, y in (hidden.T, shown.T)
    ]
    assert dark[0].mean() < 0.02
    assert dark[1].mean() > 0.95
    bare = generate(recipe, heart_record(1, 1), seed=2, index=0, bare=True)
    assert np.percentile(np.abs(ink_errors(bare)), 95) < 0.1


def test_the_back_of_a_corner_is_paper_and_shades_the_page_beside_it() -> None:
    page = np.full((1080, 1400, 3), (250, 235, 235), dtype=np.uint8)
    covers = DogEar((1.0, 1.0), (30.0, 30.0), 0.0).cover(_PAGE, np.random.default_rng(3))
    flap = covers[1]
    laid = lay_covers(page.copy(), covers, 5.0).astype(int)
    x, y = (flap.outline_mm.mean(axis=0) * 5.0).astype(int)
    assert 200 < laid[y, x].min() <= laid[y, x].max() < 255
    shaded = (laid.sum(axis=2) < page.sum(axis=2) - 30) & ~_inside(flap, page.shape[:2])
    assert 20 < shaded.sum() < 40_000


def _inside(cover: Cover, shape: tuple[int, ...]) -> np.ndarray:
    x, y = np.meshgrid((np.arange(shape[1]) + 0.5) / 5.0, (np.arange(shape[0]) + 0.5) / 5.0)
    return hidden_by([cover], np.stack([x.ravel(), y.ravel()], axis=1)).reshape(shape[:2])


@pytest.mark.parametrize("pulled", [0.0, 1.0])
def test_a_staple_or_its_pricks_are_small_and_dark_and_near_a_corner(pulled: float) -> None:
    for seed in range(10):
        covers = Staple((1.0, 1.0), pulled=pulled, rust=(0.5, 0.5)).cover(_PAGE, np.random.default_rng(seed))
        assert len(covers) == (2 if pulled else 1)
        assert sum(_area(cover.outline_mm) for cover in covers) < 10.0
        away = np.abs(covers[0].outline_mm[:, None] - np.array([[0, 0], [280, 0], [280, 216], [0, 216]]))
        assert np.hypot(*away.transpose(2, 0, 1)).min() < 32.0
        page = np.full((1080, 1400, 3), 250, dtype=np.uint8)
        change = page - lay_covers(page.copy(), covers, 5.0).astype(int)
        assert change.max() > 100
        assert 0.0 < (np.abs(change).max(axis=2) > 8).mean() < 0.01


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_torn_edges_are_white_and_what_is_gone_is_hidden(edge: float) -> None:
    page = np.full((1080, 1400, 3), (160, 120, 120), dtype=np.uint8)
    for seed in range(8):
        covers = Tear((1.0, 1.0), (40.0, 40.0), edge, (1.0, 1.0)).cover(_PAGE, np.random.default_rng(seed))
        assert [cover.colour for cover in covers] == [None]
        torn = covers[0]
        assert isinstance(torn, Torn)
        laid = lay_covers(page.copy(), covers, 5.0)
        rim = torn.line_mm[((torn.line_mm > 1.0) & (torn.line_mm < np.array(_PAGE) - 1.0)).all(axis=1)] * 5.0
        white = laid[rim[:, 1].astype(int), rim[:, 0].astype(int)]
        assert (white > 200).all(axis=1).mean() > 0.8
        assert ((laid != page).any(axis=2)).mean() < 0.03
        lattice = np.stack(np.meshgrid(np.arange(2.0, _PAGE[0], 4.0), np.arange(2.0, _PAGE[1], 4.0)), axis=-1)
        gone = hidden_by(covers, lattice.reshape(-1, 2))
        assert 0 < gone.sum() < 0.05 * len(gone)


@pytest.mark.parametrize("step", [_EARS, Staple((4.0, 4.0)), Tear((12.0, 12.0), (150.0, 150.0))])
def test_covers_may_reach_beyond_small_paper(step: CoverStep) -> None:
    for seed in range(5):
        covers = step.cover((30.0, 20.0), np.random.default_rng(seed))
        page = np.full((160, 240, 3), 250, dtype=np.uint8)
        assert lay_covers(page, covers, 8.0).shape == (160, 240, 3)
