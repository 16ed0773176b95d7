"""Promises of what `visible` says of ink that the picture holds nothing of."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from synth.degrade.capture.copier import Photocopy
from synth.degrade.capture.glass import Reflection
from synth.degrade.capture.sensor import Noise, Tone
from synth.degrade.paper.mould import Mould
from synth.degrade.paper.wear import Rubbed
from synth.degrade.scene.shade import Light, Shadow
from synth.degrade.step import Imprint, Photometric
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.sample import Sample
from synth.style import Style

_BLIND = Reflection(count=(3.0, 3.0), strength=(1.0, 1.0), veil=(0.4, 0.4))
_BORDERED = Photocopy(
    generations=(1.0, 1.0), contrast=(0.9, 0.9), level=(0.5, 0.5), haze=(0.0, 0.0), specks=(0.0, 0.0), border=(0.1, 0.1)
)


def _page(*steps: Photometric, index: int = 0) -> Sample:
    recipe = Recipe(name="r", dpi=(100.0, 100.0), style=Style(ink=(0.55, 0.55)), capture=steps)  # type: ignore[arg-type]
    return generate(recipe, heart_record(1, 1), seed=2, index=index)


@pytest.mark.parametrize("step", [_BLIND, Tone(gain=(2.0, 2.0)), _BORDERED])
def test_ink_that_light_or_toner_swallowed_is_hidden(step: Photometric) -> None:
    pages = [_page(step, index=index) for index in range(4)]
    spans = []
    for page in pages:
        for trace in page.traces:
            x, y = np.round(trace.xy_px[~trace.visible]).astype(int).T
            inside = (x > 0) & (y > 0) & (x < page.image.shape[1] - 1) & (y < page.image.shape[0] - 1)
            near = [page.image[y[inside] + dy, x[inside] + dx] for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))]
            spans.append(np.ptp(np.array(near).min(axis=2).astype(int), axis=0))
    assert len(np.concatenate(spans)) > 50
    assert (np.concatenate(spans) <= 6).mean() > 0.99


def test_a_picture_that_keeps_its_ink_hides_none_of_it() -> None:
    page = _page(Noise(), Tone(gain=(0.9, 0.9)))
    assert all(trace.visible.all() for trace in page.traces)


def test_ink_that_lies_in_the_dark_is_hidden() -> None:
    dark = (*(Light((0.9, 0.9)),) * 3, Shadow((0.9, 0.9), (0.005, 0.005), (0.0, 0.0)))
    recipe = Recipe(name="r", dpi=(100.0, 100.0), scene=dark)
    page = generate(recipe, heart_record(1, 1), seed=2, index=0)
    shown, lightest = page.image.min(axis=2).astype(np.float64), cv2.dilate(page.image.min(axis=2), np.ones((9, 9)))
    for trace in page.traces:
        x, y = np.round(trace.xy_px[trace.visible]).astype(int).T
        assert (lightest[y, x] - shown[y, x]).min(initial=255.0) > 1.0
    assert not all(trace.visible.all() for trace in page.traces)


@pytest.mark.parametrize(
    "step", [Mould((80.0, 80.0), (40.0, 60.0), (1.0, 1.0), (1.0, 1.0)), Rubbed((12.0, 12.0), loss=(1.0, 1.0))]
)
def test_ink_that_mould_covers_or_hands_rubbed_off_is_hidden(step: Imprint) -> None:
    recipe = Recipe(name="r", dpi=(100.0, 100.0), paper=(step,))  # type: ignore[arg-type]
    page = generate(recipe, heart_record(1, 1), seed=2, index=0)
    tone = page.image.min(axis=2)
    around = cv2.dilate(tone, np.ones((9, 9))).astype(int) - cv2.erode(tone, np.ones((3, 3)))
    hidden, shown = (
        np.concatenate([around[tuple(np.round(t.xy_px[t.visible == there]).astype(int).T[::-1])] for t in page.traces])
        for there in (False, True)
    )
    assert len(hidden) > 50
    assert np.median(hidden) < 12
    assert np.percentile(shown, 0.5) > 3
