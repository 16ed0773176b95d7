"""Page -> ink on a raster, and ink -> paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.geometry import raster_map
from synth.letters import Word, set_text
from synth.lines import Coverage, draw_line
from synth.page import Page

Picture = NDArray[np.uint8]  # (H, W, 3) RGB


def raster_size(page: Page, px_per_mm: float) -> tuple[int, int]:
    """(width, height) in pixels of the whole paper."""
    w, h = page.layout.page_mm
    return max(1, round(w * px_per_mm)), max(1, round(h * px_per_mm))


def draw_ink(page: Page, px_per_mm: float, words: Sequence[Word], *, smooth: bool) -> Coverage:
    """Traces, marks and text of a page, (H, W) uint8 coverage.

    Args:
        page: What to draw.
        px_per_mm: Scale of the raster; its pixel centres follow `geometry.raster_map`.
        words: Its texts, as `set_words` set them for this scale.
        smooth: Whether lines are anti-aliased.
    """
    size, to_px = raster_size(page, px_per_mm), raster_map(px_per_mm)
    lines = [
        draw_line(
            to_px.forward(strip.xy_mm), strip.width_mm * px_per_mm, size, strip.t_s, pen=page.style.pen, smooth=smooth
        )
        for strip in page.strips
    ]
    lines += [
        draw_line(to_px.forward(stroke.xy_mm), stroke.width_mm * px_per_mm, size, smooth=smooth)
        for stroke in page.strokes
    ]
    ink = np.zeros((size[1], size[0]), dtype=np.uint8)
    for patch in (*lines, *(patch for word in words for patch in word.patches)):
        if patch is not None:
            patch.lay_on(ink)
    return ink


def set_words(page: Page, px_per_mm: float, *, fitted: bool = False) -> list[Word]:
    """Every text of a page as it is set on a raster, `fitted` to its pixels or not: boxes depend on that."""
    size = raster_size(page, px_per_mm)
    return [word for text in page.texts if (word := set_text(text, px_per_mm, size, fitted=fitted)) is not None]


def draw_bare(page: Page, px_per_mm: float, width_mm: float) -> Picture:
    """The traces alone, black on white, every line `width_mm` wide."""
    size = raster_size(page, px_per_mm)
    ink = np.zeros((size[1], size[0]), dtype=np.uint8)
    for strip in page.strips:
        patch = draw_line(raster_map(px_per_mm).forward(strip.xy_mm), width_mm * px_per_mm, size, strip.t_s)
        if patch is not None:
            patch.lay_on(ink)
    return np.repeat(255 - ink[..., None], 3, axis=2)


def blend(paper: Picture, ink: Coverage, colour: RGB) -> Picture:
    """Lay ink of one colour on the paper, (H, W, 3) uint8 RGB; the paper's array is used for it."""
    inked = np.flatnonzero(ink != 0)  # of booleans: twice as fast
    share = ink.ravel()[inked, None].astype(np.float32) / np.float32(255.0)
    pixels = paper.reshape(-1, 3)
    below = pixels[inked].astype(np.float32)
    full = np.array(colour, dtype=np.float32) * np.float32(255.0)
    pixels[inked] = (below + share * (full - below) + np.float32(0.5)).astype(np.uint8)
    return paper
