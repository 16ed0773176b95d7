"""Promises of scanners, copiers and fax machines: each leaves the traces that its step says, and no others."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from synth.degrade.capture.copier import Fax, Photocopy
from synth.degrade.capture.scanner import Bilevel, Dust, Lift, Lines
from synth.degrade.scene.desk import draw_desk, shade_lid


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _page(h: int = 600, w: int = 800) -> NDArray[np.uint8]:
    """White paper with a thick and a thin black line, and a grey one, down it."""
    page = np.full((h, w, 3), 245, dtype=np.uint8)
    page[:, 200:206], page[:, 400], page[:, 600:602] = 20, 170, 150
    return page


def test_dust_covers_as_much_as_it_has_specks_and_lies_on_ink_too() -> None:
    shares = [
        np.mean(
            [(Dust((n, n), (0.0, 0.0)).expose(_page(), _rng(seed)) != _page()).any(axis=2).mean() for seed in (1, 2)]
        )
        for n in (0.0, 50.0, 500.0)
    ]
    assert shares[0] == 0.0
    assert 5.0 < shares[2] / shares[1] < 20.0
    black = np.zeros((600, 800, 3), dtype=np.uint8)
    assert Dust((0.0, 0.0), (20.0, 20.0)).expose(black, _rng()).max() > 20


def test_errors_of_sensors_run_through_the_whole_page_along_one_side() -> None:
    flat = np.full((300, 400, 3), 128, dtype=np.uint8)
    for seed in range(6):
        lined = Lines((0.02, 0.02), (5.0, 5.0)).expose(flat.copy(), _rng(seed))
        assert (lined == lined[:1]).all() or (lined == lined[:, :1]).all()
        assert 3.0 < lined.std() < 20.0


def test_paper_that_lifts_off_the_glass_darkens_one_side_and_leaves_the_middle_alone() -> None:
    light = Lift((0.5, 0.5), (0.05, 0.05)).shine((100, 130), _rng(3))
    middle = light[45:55, 60:70].min()
    sides = [light[:, 0].max(), light[:, -1].max(), light[0].max(), light[-1].max()]
    assert middle > 0.99
    assert min(sides) < 0.6
    assert sorted(side < 0.9 for side in sides) == [False, False, False, True]


def test_copies_of_copies_lose_thin_lines_and_swell_thick_ones() -> None:
    calm = dict(level=(0.62, 0.62), haze=(0.0, 0.0), specks=(0.0, 0.0), border=(0.0, 0.0), contrast=(0.8, 0.8))
    wide = _page(2400, 3200)
    wide[:, 1000:1006] = 20
    once, often = (Photocopy(generations=(n, n), **calm).expose(wide.copy(), _rng()) for n in (1.0, 5.0))
    thick = [float((255.0 - copy[:, 980:1026, 0]).mean() / 235.0 * 46.0) for copy in (wide, once, often)]
    assert thick[0] < thick[2] - 0.5
    assert thick[1] < thick[2]
    thin = [255.0 - copy[:, 400, 0].mean() for copy in (wide, once, often)]
    assert thin[2] < 0.6 * thin[0]


def test_no_copy_of_a_white_page_turns_black() -> None:
    for seed in range(4):
        copy = Photocopy(generations=(6.0, 6.0), contrast=(1.0, 1.0), haze=(0.3, 0.3)).expose(_page(), _rng(seed))
        assert np.median(copy) > 150


def test_a_fax_is_black_and_white_in_dots_of_its_own_raster() -> None:
    fax = Fax((400.0, 400.0), (2.0, 2.0), errors=(0.0, 0.0)).expose(_page(), _rng())
    assert set(np.unique(fax)) == {0, 255}
    upright = fax[::4].repeat(4, axis=0)[:600]
    sideways = fax[:, ::4].repeat(4, axis=1)[:, :800]
    assert (upright == fax).all() or (sideways == fax).all()


def test_spoilt_lines_of_a_fax_are_as_many_as_asked_for() -> None:
    clean, spoilt = (
        Fax((800.0, 800.0), (1.0, 1.0), by=("global",), errors=(n, n)).expose(_page(), _rng()) for n in (0.0, 100.0)
    )
    differ = (clean != spoilt).any(axis=2)
    share = min(differ.any(axis=1).mean(), differ.any(axis=0).mean())
    assert (clean == spoilt).mean() > 0.8
    assert 0.05 < share < 0.3


@pytest.mark.parametrize("grey", [0.0, 0.9])
def test_the_edge_of_a_sheet_casts_a_shadow_on_the_lid_to_one_side_only(grey: float) -> None:
    lid = draw_desk("lid", grey, (400, 300), _rng(1))
    edge = np.array([[60.0, 60.0], [340.0, 60.0], [340.0, 240.0], [60.0, 240.0]])
    shaded = shade_lid(lid, edge, _rng(1)).astype(float)
    assert (shaded <= lid).all()
    if grey > 0.5:
        loss = lid - shaded
        lost = sorted(loss[y, x].mean() for y, x in ((150, 57), (150, 343), (57, 200), (243, 200)))
        assert lost[3] > 3.0 * max(1.0, lost[1])


def test_paper_that_is_gone_casts_no_shadow_on_the_lid() -> None:
    lid = draw_desk("lid", 0.9, (400, 300), _rng(1))
    edge = np.array([[-40.0, -40.0], [440.0, -40.0], [440.0, 340.0], [-40.0, 340.0]])
    hole = np.array([[100.0, 100.0], [200.0, 100.0], [200.0, 200.0], [100.0, 200.0]])
    loss = lid - shade_lid(lid, edge, _rng(1), [hole]).astype(float)
    assert loss[130:170, 130:170].mean() < 0.1 * loss[130:170, 240:300].mean()


def test_black_and_white_may_be_left_to_chance() -> None:
    seen = [len(np.unique(Bilevel(share=0.5).expose(_page(), _rng(seed)))) for seed in range(12)]
    assert 2 in seen
    assert max(seen) > 2


@pytest.mark.parametrize("tone", [40, 128, 200])
def test_diffused_errors_leave_the_mean_tone_as_it_was(tone: int) -> None:
    page = np.full((200, 300, 3), tone, dtype=np.uint8)
    shown = Bilevel(by=("diffusion",)).expose(page, _rng())
    assert set(np.unique(shown)) == {0, 255}
    assert shown.mean() == pytest.approx(tone, abs=3.0)
