"""Promises of what water, hands, warmth and the back of the sheet do to a print."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from synth.degrade.blend import bleached, paper_of, shrunk, tinted, towards
from synth.degrade.paper.back import ShowThrough
from synth.degrade.paper.dirt import Dirt
from synth.degrade.paper.mould import Mould
from synth.degrade.paper.thermal import Heat
from synth.degrade.paper.tint import Stain, Yellowing
from synth.degrade.paper.wear import Rubbed
from synth.degrade.paper.wet import Soak, bled
from synth.degrade.step import Imprint

_SCALE = 4.0
_CALM = (Soak(count=(0.0, 0.0)), Rubbed(patches=(0.0, 0.0)), ShowThrough(depth=(0.0, 0.0)))


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _page(left: int = 0, right: int = 800) -> NDArray[np.uint8]:
    """Red lines every 5 mm on cream paper, and black bars 1 mm thick from `left` to `right`."""
    page = np.full((600, 800, 3), (250, 248, 240), dtype=np.uint8)
    page[:, ::20] = page[::20] = (230, 120, 120)
    for top in range(50, 600, 80):
        page[top : top + 4, left:right] = 15
    return page


def _mark(step: Imprint, page: NDArray[np.uint8], seed: int = 1) -> NDArray[np.int16]:
    return step.mark(page.copy(), _SCALE, _rng(seed)).astype(np.int16)


@pytest.mark.parametrize("step", _CALM, ids=lambda step: type(step).__name__)
def test_a_step_with_nothing_to_do_changes_nothing(step: Imprint) -> None:
    np.testing.assert_array_equal(_mark(step, _page()), _page())


def test_soaked_ink_grows_paler_and_its_surroundings_darker_and_what_stayed_dry_is_untouched() -> None:
    page = _page()
    step = Soak(count=(1.0, 1.0), size_mm=(30.0, 30.0), bleed_mm=(0.6, 0.6), dye=(0.6, 0.6), tide=(0.8, 0.8))
    change = _mark(step, page, 2) - page
    ink, beside = (page.max(axis=2) < 40), np.zeros(page.shape[:2], dtype=np.bool_)
    for top in range(50, 600, 80):
        beside[top + 5 : top + 8] = True
    wet = np.abs(change).max(axis=2) > 6
    assert 0.02 < wet.mean() < 0.6
    assert change[ink & wet].mean() > 5.0
    assert change[beside & wet].mean() < -5.0
    assert (change == 0).all(axis=2).mean() > 0.3


def test_the_grid_washes_out_of_soaked_paper() -> None:
    page = _page(0, 0)
    step = Soak((2.0, 2.0), (60.0, 60.0), bleed_mm=(0.0, 0.0), dye=(0.0, 0.0), wash=(1.0, 1.0), wet=(0.0, 0.0))
    marked = _mark(step, page, 3)
    red = page[..., 0].astype(int) - page[..., 1]
    left = marked[..., 0] - marked[..., 1]
    assert left[red > 50].min() < 0.5 * red[red > 50].min()


def test_what_shines_through_is_the_page_mirrored_and_leaves_ink_as_it_is() -> None:
    page = np.full((600, 800, 3), 250, dtype=np.uint8)
    page[100:500, 60:160] = 20  # a bar at the left
    lost = page - np.mean([_mark(ShowThrough((0.5, 0.5), what=("page",)), page, seed) for seed in range(6)], axis=0)
    assert lost[150:450, 620:760].mean() > 3.0 * max(1.0, lost[150:450, 250:500].mean())
    assert lost[150:450, 80:140].mean() < 5.0


def test_text_of_the_back_is_faint_and_everywhere() -> None:
    page = np.full((600, 800, 3), 250, dtype=np.uint8)
    lost = page - _mark(ShowThrough((0.4, 0.4), (0.2, 0.2), ("text",)), page)
    assert 20 < lost.max() < 110
    assert 0.05 < (lost > 6).mean() < 0.6


def test_rubbing_takes_ink_off_in_streaks_and_smears_some_beside_it() -> None:
    page = _page(0, 800)
    change = _mark(Rubbed((4.0, 4.0), (40.0, 40.0), (0.9, 0.9), (0.7, 0.7)), page, 4) - page
    ink, paper = page.max(axis=2) < 40, page.min(axis=2) > 230
    gone = change[ink].mean(axis=1)
    assert (gone > 100).mean() > 0.05
    assert (gone < 10).mean() > 0.2
    assert (change[paper].mean(axis=1) < -15).mean() > 0.005


def test_heat_darkens_paper_and_fades_ink_and_nails_leave_dark_lines() -> None:
    page = _page(0, 400)
    calm = {"clouds": (0.0, 0.0), "spots": (0.0, 0.0), "scratches": (0.0, 0.0), "fading": (0.0, 0.0)}
    ink, paper = page.max(axis=2) < 40, page.min(axis=2) > 230
    change = {
        name: _mark(Heat(**(calm | {name: worst})), page, 5) - page
        for name, worst in (("clouds", (0.8, 0.8)), ("scratches", (9.0, 9.0)), ("fading", (0.9, 0.9)))
    }
    assert change["clouds"][paper].mean() < -15.0
    assert 0.001 < (change["scratches"][paper].mean(axis=1) < -60).mean() < 0.05
    assert change["fading"][ink].mean() > 20.0
    assert np.abs(change["fading"][paper]).mean() < 2.0


@pytest.mark.parametrize("seed", range(4))
def test_however_old_paper_is_like_straw_and_not_orange(seed: int) -> None:
    red, green, blue = np.moveaxis(Yellowing((0.8, 0.8), (3.0, 3.0)).tint((420, 560), _rng(seed)), 2, 0)
    assert blue.min() > 0.55
    assert (red - green).max() < 0.12
    assert blue.max() < 0.8


def test_the_line_where_a_spill_dried_is_strong_here_and_weak_there() -> None:
    spill = Stain((1.0, 1.0), (30.0, 30.0), (1.0, 1.0), 0.0, ("coffee",))
    uneven = []
    for seed in range(12):
        lost = 1.0 - spill.tint((420, 560), _rng(seed))[..., 2]
        inside = (cv2.GaussianBlur(lost, (0, 0), 4.0) > 0.05).astype(np.uint8)
        rim = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        line = cv2.dilate(lost, np.ones((9, 9)))[rim]
        if line.size > 100:
            uneven.append(np.std(line) / np.mean(line))
    assert np.mean(uneven) > 0.2


def _grown(px_per_mm: float, seed: int) -> NDArray[np.uint8]:
    white = np.full((round(60 * px_per_mm), round(80 * px_per_mm), 3), 255, dtype=np.uint8)
    return Mould((9.0, 9.0), (4.0, 10.0), (0.9, 0.9), (0.5, 0.7), (0.0, 0.0)).mark(white, px_per_mm, _rng(seed))


def test_mould_is_sharp_however_finely_it_is_printed() -> None:
    steepest = [
        np.percentile(np.abs(np.diff(_grown(16.0, seed)[..., 1].astype(int), axis=1)), 99.9) for seed in range(4)
    ]
    assert np.mean(steepest) > 40.0


def test_mould_lies_where_it_does_however_finely_it_is_printed() -> None:
    once, finer = (_grown(px_per_mm, 3)[..., 1] for px_per_mm in (8.0, 16.0))
    small = cv2.resize(finer, once.shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.corrcoef(once.ravel(), small.ravel())[0, 1] > 0.97


def test_specks_of_dirt_are_of_many_sizes() -> None:
    white = np.full((1200, 1600, 3), 255, dtype=np.uint8)
    specks = Dirt((0.0, 0.0), (300.0, 300.0)).mark(white, 16.0, _rng(1))[..., 1] < 230
    count, _, found, _ = cv2.connectedComponentsWithStats(specks.astype(np.uint8))
    small, large = np.percentile(found[1:, cv2.CC_STAT_AREA], (10.0, 90.0))
    assert 100 < count < 400
    assert large > 8.0 * small


def test_where_something_warm_lay_paper_is_darkest_in_the_middle() -> None:
    white = np.full((600, 800, 3), 255, dtype=np.uint8)
    spot = Heat((0.0, 0.0), (1.0, 1.0), (40.0, 40.0), (0.0, 0.0), (0.0, 0.0))
    for seed in range(12):
        lost = 255.0 - spot.mark(white.copy(), _SCALE, _rng(seed))[..., 1].astype(np.float32)
        lost = np.asarray(cv2.GaussianBlur(lost, (0, 0), 12.0))
        assert (lost > 0.75 * lost.max()).sum() < 0.6 * (lost > 0.25 * lost.max()).sum()


def test_blends_go_from_nothing_to_all() -> None:
    page, other = _page(), np.full((600, 800, 3), 90, dtype=np.uint8)
    none, full = np.zeros((600, 800), dtype=np.uint8), np.full((600, 800), 255, dtype=np.uint8)
    np.testing.assert_array_equal(towards(page, other, none), page)
    np.testing.assert_array_equal(towards(page, other, full), other)
    assert (bleached(page, (250.0, 248.0, 240.0), full) == (250, 248, 240)).all()
    np.testing.assert_array_equal(tinted(page, full), page)
    assert not tinted(page, none).any()
    assert paper_of(page) == (250.0, 248.0, 240.0)
    np.testing.assert_allclose(
        shrunk(page, (150, 200)), cv2.resize(page, (200, 150), interpolation=cv2.INTER_AREA), atol=2
    )


@pytest.mark.parametrize("width", [801, 803, 804])
def test_ink_that_creeps_stays_about_its_place(width: int) -> None:
    page = np.full((301, width, 3), 250, dtype=np.uint8)
    page[:, width - 60 : width - 57] = 15  # the middle one lies at width - 58.5 - 0.5
    crept = bled(page, (250.0, 250.0, 250.0), 4.0, np.full(page.shape[:2], 255, dtype=np.uint8))
    ink = 250.0 - crept[150, width - 100 :, 0].astype(np.float64)
    assert (np.arange(width - 100, width) * ink).sum() / ink.sum() == pytest.approx(width - 59.0, abs=0.1)


def test_most_of_soaked_ink_stays_where_it_was_and_the_rest_runs_around_it() -> None:
    page = np.full((300, 400, 3), 250, dtype=np.uint8)
    page[148:151] = 15
    crept = bled(page, (250.0, 250.0, 250.0), 5.0, np.full(page.shape[:2], 255, dtype=np.uint8))[:, 200, 0].astype(int)
    assert 0.5 * 235 < 250 - crept[149] < 0.75 * 235
    assert crept[144] < 240


def test_the_back_shines_through_where_the_paper_is_soaked() -> None:
    calm = {name: (0.0, 0.0) for name in ("bleed_mm", "dye", "wash", "wet", "tide")}
    page = _page(0, 400)
    soaked, dry = (
        _mark(Soak((2.0, 2.0), (60.0, 60.0), through=(through, through), **calm), page, 3) for through in (0.8, 0.0)
    )
    darker = (dry - soaked).mean(axis=2)
    assert (dry == page).all()
    assert darker.min() >= 0.0
    assert 0.01 < (darker > 20.0).mean() < 0.3
    assert (darker[:, 420:] > 20.0).any()  # where nothing is printed in front
