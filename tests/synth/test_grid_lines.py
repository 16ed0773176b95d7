"""Promises of where the lines of a grid are printed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth.generate import generate
from synth.grid_lines import even_mm, line_mm
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.style import Style

NUMBERS = np.arange(-60.0, 300.0)


@given(st.floats(0.2, 10.0), st.floats(50.0, 1200.0))
def test_lines_on_a_raster_lie_whole_pixels_apart_and_at_most_half_of_one_off(pitch: float, dpi: float) -> None:
    px = line_mm(NUMBERS, pitch, dpi) * dpi / 25.4
    assert np.abs(px - np.round(px)).max() < 1e-6
    assert np.abs(px - NUMBERS * pitch * dpi / 25.4).max() <= 0.5 + 1e-6


@given(st.floats(0.5, 10.0), st.sampled_from([None, 150.0, 200.0, 300.0]), st.floats(-50.0, 250.0))
def test_a_place_on_a_line_is_even_there_and_half_way_between_two_half_way(
    pitch: float, dpi: float | None, start: float
) -> None:
    number = np.floor(start / pitch) + np.arange(12.0)
    lines = line_mm(number, pitch, dpi)
    assert even_mm(lines, pitch, dpi) == pytest.approx(number * pitch, abs=1e-9)
    between = (lines[1:] + lines[:-1]) / 2.0
    assert even_mm(between, pitch, dpi) == pytest.approx((number[1:] + number[:-1]) / 2.0 * pitch, abs=1e-9)


def test_the_competition_s_page_has_its_lines_on_the_pixels_where_its_pictures_have_them() -> None:
    style = Style(paper=(1.0, 1.0), fine=(1.0, 1.0), coarse=(1.0, 1.0), fine_mm=(0.1, 0.1), coarse_mm=(0.1, 0.1))
    recipe = Recipe(name="r", layouts=("3x4+II",), style=style, dpi=(200.0, 200.0))
    light = generate(recipe, heart_record(0, 0), seed=0, index=0).image[1690].sum(axis=1).astype(int)
    dark = np.flatnonzero(light < np.median(light) - 40)
    assert dark[1:21].tolist() == [
        8,
        16,
        24,
        31,
        39,
        47,
        55,
        63,
        71,
        79,
        87,
        94,
        102,
        110,
        118,
        126,
        134,
        142,
        150,
        157,
    ]
