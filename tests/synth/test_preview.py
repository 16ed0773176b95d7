"""Promises of the grid: what a step does can be seen, whatever its chance and wherever on the page it is."""

from __future__ import annotations

import numpy as np

from synth.degrade.capture.codec import Jpeg
from synth.degrade.capture.sensor import Noise
from synth.degrade.paper.writing.stamp import Stamp
from synth.preview import count_grid, grid_pages
from synth.recipe import Recipe

_DETAIL_PX = 280


def test_a_grid_has_three_pages_per_step_and_three_of_the_codec() -> None:
    recipe = Recipe(name="r", dpi=(60.0, 60.0), capture=(Noise(),), codec=Jpeg())
    captions = [caption for caption, _ in grid_pages(recipe, [], seed=1)]
    assert len(captions) == count_grid(recipe) == 9
    assert captions[3:6] == [f"capture: noise, severity {severity}" for severity in ("0.2", "0.5", "1")]
    assert captions[-1] == "codec: jpeg, severity 1"


def test_a_step_that_hardly_ever_happens_is_shown_with_the_part_of_the_page_that_it_changes() -> None:
    recipe = Recipe(name="r", dpi=(100.0, 100.0), paper=(Stamp(share=0.001),))
    pages = [page for _, page in grid_pages(recipe, [], seed=1)]
    plain = pages[0]  # of the ideal printer alone
    assert len({page.shape for page in pages}) == 1
    assert plain.shape[1] == 720
    coloured = [np.ptp(page[:, -_DETAIL_PX:].astype(int), axis=2) > 60 for page in pages]
    assert coloured[-1].mean() > 0.01


def test_the_detail_is_shown_pixel_by_pixel() -> None:
    recipe = Recipe(name="r", dpi=(100.0, 100.0), capture=(Noise(sigma=(0.1, 0.1), smear=(0.0, 0.0)),))
    *_, (_, page) = grid_pages(recipe, [], seed=1)
    small, detail = page[:, :300].astype(int), page[:, -_DETAIL_PX:].astype(int)
    assert np.abs(np.diff(detail[..., 1], axis=1)).mean() > 2 * np.abs(np.diff(small[..., 1], axis=1)).mean()
