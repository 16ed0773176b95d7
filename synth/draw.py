"""Page -> print raster: lines of true width (matplotlib's Agg), a separable grid, FreeType text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path as FilePath

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from synth.assets import shipped
from synth.geometry import Points, raster_map
from synth.page import Page, Strip
from synth.style import DrawnStyle

Image = NDArray[np.float32]  # (H, W, 3) RGB in [0, 1]
Coverage = NDArray[np.uint8]  # (H, W), 255 is full ink
Line = tuple[Points, NDArray[np.float64] | None, float]  # pixel positions (n, 2), times (n,) or None, width in px

_GAP = 1.5  # a step in time longer than this many samples breaks the trace


def draw_page(page: Page, px_per_mm: float) -> Image:
    """Draw a page: paper, grid, ink.

    Args:
        page: What to draw.
        px_per_mm: Scale of the raster; its pixel centres follow `geometry.raster_map`.

    Returns:
        Float32 RGB in [0, 1], as large as the paper.
    """
    style = page.style
    size = raster_size(page, px_per_mm)
    image = _paper_and_grid(page, style, size, px_per_mm)
    ink = _ink(page, px_per_mm)
    np.maximum(ink, _text_coverage(page, size, px_per_mm), out=ink)
    return _blend(image, ink, style.ink)


def draw_bare(page: Page, px_per_mm: float, width_mm: float) -> Image:
    """The traces alone, black on white, every line `width_mm` wide."""
    strips = [replace(strip, width_mm=width_mm) for strip in page.strips]
    ink = line_coverage(_strip_lines(strips, px_per_mm), raster_size(page, px_per_mm))
    grey = 1.0 - ink.astype(np.float32) / 255.0
    return np.repeat(grey[..., None], 3, axis=2)


def raster_size(page: Page, px_per_mm: float) -> tuple[int, int]:
    """(width, height) in pixels of the whole paper."""
    w, h = page.layout.page_mm
    return max(1, round(w * px_per_mm)), max(1, round(h * px_per_mm))


def _ink(page: Page, px_per_mm: float) -> Coverage:
    to_px = raster_map(px_per_mm)
    lines = _strip_lines(page.strips, px_per_mm)
    lines += [(to_px.forward(stroke.xy_mm), None, stroke.width_mm * px_per_mm) for stroke in page.strokes]
    return line_coverage(lines, raster_size(page, px_per_mm))


def _strip_lines(strips: Iterable[Strip], px_per_mm: float) -> list[Line]:
    to_px = raster_map(px_per_mm)
    return [(to_px.forward(s.xy_mm), s.t_s, s.width_mm * px_per_mm) for s in strips]


def line_coverage(lines: Iterable[Line], size: tuple[int, int]) -> Coverage:
    """Anti-aliased coverage of polylines of true width.

    Args:
        lines: The polylines; a gap in the times of one breaks it.
        size: (width, height) of the result.
    """
    width, height = size
    renderer = RendererAgg(width, height, 72.0)  # type: ignore[no-untyped-call]  # at 72 dpi one point is one pixel
    gc = renderer.new_gc()
    gc.set_foreground((0.0, 0.0, 0.0, 1.0), isRGBA=True)
    gc.set_snap(False)
    gc.set_antialiased(True)
    gc.set_joinstyle("round")
    for xy, t_s, line_width in lines:
        gc.set_capstyle("butt" if t_s is None else "round")
        gc.set_linewidth(line_width)
        vertices = np.stack([xy[:, 0] + 0.5, height - (xy[:, 1] + 0.5)], axis=1)  # Agg: y up, edges at integers
        path = Path(vertices, _codes(len(xy), t_s))
        path.should_simplify = False
        renderer.draw_path(gc, path, IdentityTransform())  # type: ignore[no-untyped-call]
    rgba = np.asarray(renderer.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(rgba[..., 3])


def strip_runs(strip_t_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices at which a new unbroken run of samples begins (the first, 0, left out)."""
    steps = np.diff(strip_t_s)
    if steps.size == 0:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(steps > _GAP * steps.min()) + 1


def _codes(n: int, t_s: NDArray[np.float64] | None) -> NDArray[np.uint8]:
    codes = np.full(n, Path.LINETO, dtype=np.uint8)
    codes[0] = Path.MOVETO
    if t_s is not None:
        codes[strip_runs(t_s)] = Path.MOVETO
    return codes


def _paper_and_grid(page: Page, style: DrawnStyle, size: tuple[int, int], px_per_mm: float) -> Image:
    fine_mm, coarse_mm = page.layout.grid_mm
    light = []
    for n, shift in zip(size, style.grid_shift_mm, strict=True):
        fine = _line_profile(n, px_per_mm, shift, fine_mm, style.fine_mm)
        coarse = _line_profile(n, px_per_mm, shift, coarse_mm, style.coarse_mm)
        light.append((1.0 - style.fine * fine) * (1.0 - style.coarse * coarse))
    through = np.outer(light[1], light[0]).astype(np.float32)
    image = np.empty((size[1], size[0], 3), dtype=np.float32)
    for channel in range(3):
        grid, paper = style.grid[channel] * style.paper[channel], style.paper[channel]
        np.multiply(through, np.float32(paper - grid), out=image[..., channel])
        image[..., channel] += np.float32(grid)
    return image


def _line_profile(n: int, px_per_mm: float, shift_mm: float, pitch_mm: float, width_mm: float) -> NDArray[np.float64]:
    """Share of each of `n` pixels covered by lines of `width_mm` at shift + k * pitch, exactly."""
    edge = np.arange(n + 1) / px_per_mm - shift_mm + width_mm / 2.0
    whole = np.floor(edge / pitch_mm)
    covered = whole * width_mm + np.minimum(edge - whole * pitch_mm, width_mm)
    share: NDArray[np.float64] = np.diff(covered) * px_per_mm
    return share


def _text_coverage(page: Page, size: tuple[int, int], px_per_mm: float) -> Coverage:
    canvas = PillowImage.new("L", size)
    pen = ImageDraw.Draw(canvas)
    for text in page.texts:
        x, y = text.xy_mm[0] * px_per_mm, text.xy_mm[1] * px_per_mm
        pen.text((x, y), text.string, fill=255, font=_font(text.font, text.size_mm * px_per_mm), anchor="ls")
    return np.asarray(canvas)


@lru_cache(maxsize=256)
def _font(name: str, size_px: float) -> ImageFont.FreeTypeFont:
    if name == "dejavu-sans":
        path = FilePath(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    else:
        path = shipped(f"data/fonts/{name}.ttf")
    return ImageFont.truetype(str(path), max(1.0, size_px))


def _blend(image: Image, ink: Coverage, colour: tuple[float, float, float]) -> Image:
    """Lay ink of one colour over the image, in place where there is any."""
    inked = np.flatnonzero(ink)
    share = ink.ravel()[inked, None].astype(np.float32) / np.float32(255.0)
    pixels = image.reshape(-1, 3)
    below = pixels[inked]
    pixels[inked] = below + share * (np.asarray(colour, dtype=np.float32) - below)
    return image
