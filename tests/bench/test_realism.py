"""Promises of the realism check: what it measures is what is there, and without real pictures it says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest

from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.style import Style
from tests.bench.window import SIDE_PX, measure, pitch_px

_STYLE = Style(trace_mm=(0.3, 0.3), grid_colours=("red",), fine=(0.0, 0.0), coarse=(0.8, 0.8), coarse_mm=(0.25, 0.25))


@pytest.mark.parametrize("px_per_mm", [7.0, 10.0])
def test_scale_line_width_and_stroke_width_of_a_known_page_are_found(px_per_mm: float) -> None:
    dpi = 25.4 * px_per_mm
    page = generate(Recipe(name="r", dpi=(dpi, dpi), style=_STYLE), heart_record(1, 1), seed=1, index=0).image
    top, left = round(110 * px_per_mm), round(60 * px_per_mm)
    window = page[top : top + SIDE_PX, left : left + SIDE_PX]
    found = measure(window, pitch_px(window))
    assert found["px per mm"] == pytest.approx(px_per_mm, rel=0.01)
    assert found["5 mm line width, mm"] == pytest.approx(0.25, abs=0.08)
    assert found["5 mm line contrast"] == pytest.approx(0.6, abs=0.12)
    assert found["1 mm line contrast"] == pytest.approx(0.0, abs=0.01)
    assert found["stroke width, mm"] == pytest.approx(0.3, abs=0.1)


def test_more_blur_makes_edges_wider_and_more_noise_more_grain() -> None:
    recipe = msgspec.structs.replace(Recipe(name="r"), style=_STYLE)
    page = generate(recipe, heart_record(1, 1), seed=1, index=0).image
    window = page[850 : 850 + SIDE_PX, 500 : 500 + SIDE_PX]
    noise = np.random.default_rng(np.random.SeedSequence(1)).normal(0.0, 6.0, window.shape)
    sharp, soft, rough = (
        measure(np.asarray(one, dtype=np.uint8), 39.4)
        for one in (window, cv2.GaussianBlur(window, (0, 0), 1.5), np.clip(window - 20.0 + noise, 0.0, 255.0))
    )
    assert soft["edge width, px"] > 1.5 * sharp["edge width, px"]
    assert rough["grain, of 255"] > sharp["grain, of 255"] + 2.0


def test_without_the_folder_of_real_pictures_it_says_so_and_stops(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.realism", "--shared", str(tmp_path / "none")]
    run = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert (run.returncode, len(run.stdout.splitlines())) == (0, 1)
    assert "nothing real to compare with" in run.stdout
