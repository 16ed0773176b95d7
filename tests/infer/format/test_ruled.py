"""Where neither a grid nor names are seen, rows and columns say how large a page is."""

import numpy as np
import pytest

from infer.format.ruled import maps_by_rows
from infer.networks.backend import PageSeen
from synth.catalogue import CATALOGUE
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout
from synth.sample import Sample
from tests.infer.format.test_find import seen_of, sure


def page_of(layout: str) -> tuple[Sample, PageSeen]:
    """A clean page, and all that is to be seen of it but its grid and its names."""
    sample = generate(with_layout(load_recipe("clean"), layout), heart_record(1, 1), seed=1, index=1)
    seen = seen_of(sample)
    return sample, seen._replace(phase=0.0 * seen.phase, name=sure(np.zeros(seen.paper.shape, int), 13))


@pytest.mark.parametrize("layout", ["strip-3x1", "strip-6x1", "3x4+II", "6x2", "12x1"])
def test_a_page_of_which_only_rows_are_seen_is_as_large_as_the_format_that_has_them_so(layout: str) -> None:
    sample, seen = page_of(layout)
    found, *_ = maps_by_rows(seen, sample.size_px, list(CATALOGUE.values()))
    assert found.px_per_mm == pytest.approx(sample.px_per_mm, rel=0.02)


def test_a_row_alone_has_a_map_for_each_scale_that_strips_of_one_row_have() -> None:
    sample, seen = page_of("strip-1x1")
    scales = [page.px_per_mm for page in maps_by_rows(seen, sample.size_px, list(CATALOGUE.values()))]
    assert min(abs(np.log(scale / sample.px_per_mm)) for scale in scales) < 0.02


@pytest.mark.parametrize("turn_deg", [-8.0, 5.0])
def test_rows_that_lie_askew_in_the_picture_lie_level_by_the_map(turn_deg: float) -> None:
    sample, seen = page_of("3x4+II")
    turn = np.deg2rad(turn_deg)
    centre = (np.array(seen.paper.shape[::-1]) - 1.0) / 2.0
    y, x = np.indices(seen.paper.shape)
    back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    at = np.rint(np.stack([x, y], axis=-1) - centre) @ back + centre
    column, row = np.rint(at).astype(int).transpose(2, 0, 1)
    inside = (row >= 0) & (row < seen.paper.shape[0]) & (column >= 0) & (column < seen.paper.shape[1])
    row, column = np.where(inside, row, 0), np.where(inside, column, 0)
    askew = seen._replace(paper=np.where(inside, seen.paper[row, column], -6.0), rows=seen.rows[:, row, column])
    found, *_ = maps_by_rows(askew, sample.size_px, list(CATALOGUE.values()))
    zero = found.to_px.forward(np.array([[50.0, 100.0], [250.0, 100.0]]))
    assert np.rad2deg(np.arctan2(*(zero[1] - zero[0])[::-1])) == pytest.approx(turn_deg, abs=0.6)


def test_a_page_without_rows_has_no_map() -> None:
    sample, seen = page_of("3x4+II")
    assert maps_by_rows(seen._replace(rows=-np.abs(seen.rows)), sample.size_px, list(CATALOGUE.values())) == []


def test_rows_as_short_as_a_mark_make_no_page_larger_than_paper_is() -> None:
    sample, seen = page_of("strip-1x1")
    rows = np.where(np.arange(seen.paper.shape[1]) < 30, seen.rows, -6.0)
    for page in maps_by_rows(seen._replace(rows=rows), sample.size_px, list(CATALOGUE.values())):
        assert np.ptp(page.mm[page.on], axis=0).max() < 2000.0
