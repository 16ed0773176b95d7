"""Polylines -> coverage, cut to the place where there is ink: how traces, pulses and separators are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray

from synth.geometry import Points
from synth.style import Pen

Coverage = NDArray[np.uint8]  # (H, W), 255 is full ink

_GAP = 1.5  # a step in time longer than this many samples breaks the trace
_DOT_PX = 1e-3  # length of the line that a round cap makes a dot of


@dataclass(frozen=True, eq=False)
class Patch:
    """Ink on a part of a raster.

    Attributes:
        x: Column of the raster where the patch begins, >= 0.
        y: Its row.
        coverage: (h, w) uint8, 255 is full ink; it ends within the raster.
    """

    x: int
    y: int
    coverage: Coverage

    def lay_on(self, plane: Coverage) -> None:
        """Add the ink to a plane (H, W), where the darker of the two stays."""
        h, w = self.coverage.shape
        part = plane[self.y : self.y + h, self.x : self.x + w]
        np.maximum(part, self.coverage, out=part)


def draw_line(
    xy_px: Points,
    width_px: float,
    size: tuple[int, int],
    t_s: NDArray[np.float64] | None = None,
    *,
    pen: Pen = "line",
    smooth: bool = True,
) -> Patch | None:
    """Draw one polyline of true width.

    Args:
        xy_px: Its centre, (n, 2).
        width_px: Its width.
        size: (width, height) of the raster.
        t_s: Times (n,), of a trace: ends are round and a gap breaks it. Without, ends are square.
        pen: See `style.Style`.
        smooth: Anti-aliased; else a pixel is inked or not.

    Returns:
        The ink, or None where none falls on the raster.
    """
    reach = width_px / 2.0 + 2.0
    low = np.maximum(np.floor(xy_px.min(axis=0) - reach), 0.0).astype(int)
    high = np.minimum(np.ceil(xy_px.max(axis=0) + reach) + 1.0, size).astype(int)
    w, h = (int(side) for side in high - low)
    if w <= 0 or h <= 0:
        return None
    local = xy_px - low
    if pen == "columns" and t_s is not None:
        coverage = _columns(local, width_px, (w, h), t_s)
        coverage = coverage if smooth else np.where(coverage > 127, 255, 0).astype(np.uint8)
    else:
        coverage = _agg(local, width_px, (w, h), t_s, pen, smooth)
    return Patch(int(low[0]), int(low[1]), coverage)


def fill_outlines(
    outlines_px: Sequence[Points], size: tuple[int, int], *, grow_px: float = 0.0, margin_px: float = 0.0
) -> Patch | None:
    """Fill closed polygons: there is ink where they wind around a pixel.

    Args:
        outlines_px: The polygons, (n, 2) each.
        size: (width, height) of the raster.
        grow_px: The ink goes this far beyond them.
        margin_px: Bare raster left around the ink, as far as there is some.

    Returns:
        The ink, or None where none falls on the raster.
    """
    corners = np.concatenate(outlines_px)
    reach = grow_px + margin_px + 1.0
    low = np.maximum(np.floor(corners.min(axis=0) - reach), 0.0).astype(int)
    high = np.minimum(np.ceil(corners.max(axis=0) + reach) + 1.0, size).astype(int)
    w, h = (int(side) for side in high - low)
    if w <= 0 or h <= 0:
        return None
    closed = [np.concatenate([outline, outline[:1]]) for outline in outlines_px]
    codes = np.full(sum(map(len, closed)), Path.LINETO, dtype=np.uint8)
    ends = np.cumsum([len(outline) for outline in closed])
    codes[[0, *ends[:-1]]], codes[ends - 1] = Path.MOVETO, Path.CLOSEPOLY
    coverage = _paint(np.concatenate(closed) - low, codes, 2.0 * grow_px, (w, h), filled=True)
    return Patch(int(low[0]), int(low[1]), coverage)


def strip_runs(t_s: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices at which a new unbroken run of samples begins (the first, 0, left out)."""
    steps = np.diff(t_s)
    if steps.size == 0:
        return np.zeros(0, dtype=np.intp)
    return np.flatnonzero(steps > _GAP * steps.min()) + 1


def _agg(
    xy: Points, width: float, size: tuple[int, int], t_s: NDArray[np.float64] | None, pen: Pen, smooth: bool
) -> Coverage:
    codes = np.full(len(xy), Path.LINETO, dtype=np.uint8)
    codes[0] = Path.MOVETO
    if t_s is not None and pen == "dots":
        xy = np.repeat(xy, 2, axis=0)
        xy[1::2, 0] += _DOT_PX
        codes = np.tile(np.array([Path.MOVETO, Path.LINETO], dtype=np.uint8), len(xy) // 2)
    elif t_s is not None:
        codes[strip_runs(t_s)] = Path.MOVETO
    return _paint(xy, codes, width, size, smooth=smooth, round_ends=t_s is not None)


def _paint(
    xy: Points,
    codes: NDArray[np.uint8],
    width: float,
    size: tuple[int, int],
    *,
    smooth: bool = True,
    round_ends: bool = True,
    filled: bool = False,
) -> Coverage:
    """What Agg covers of a raster of `size`: a path, as a line of `width`, filled or not."""
    renderer = RendererAgg(*size, 72.0)  # type: ignore[no-untyped-call]  # at 72 dpi one point is one pixel
    gc = renderer.new_gc()
    gc.set_foreground((0.0, 0.0, 0.0, 1.0), isRGBA=True)
    gc.set_snap(False)
    gc.set_antialiased(smooth)
    gc.set_joinstyle("round")
    gc.set_capstyle("round" if round_ends else "butt")
    gc.set_linewidth(width)
    path = Path(np.stack([xy[:, 0] + 0.5, size[1] - (xy[:, 1] + 0.5)], axis=1), codes)  # Agg: y up, edges at integers
    path.should_simplify = False
    face = (0.0, 0.0, 0.0, 1.0) if filled else None
    renderer.draw_path(gc, path, IdentityTransform(), face)  # type: ignore[no-untyped-call]
    rgba = np.asarray(renderer.buffer_rgba())  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(rgba[..., 3])


def _columns(xy: Points, width: float, size: tuple[int, int], t_s: NDArray[np.float64]) -> Coverage:
    """A dot of `width` drawn in every pixel column from the lowest to the highest value that the trace has there."""
    w, h = size
    low, high = np.full(w, np.inf), np.full(w, -np.inf)
    for run in np.split(xy, strip_runs(t_s)):
        edges = np.arange(w + 1) - 0.5
        edges = edges[(edges >= run[0, 0]) & (edges <= run[-1, 0])]
        x = np.concatenate([run[:, 0], edges, edges - 1e-9])  # a column sees both of its edges
        y = np.concatenate([run[:, 1], np.tile(np.interp(edges, run[:, 0], run[:, 1]), 2)])
        column = np.floor(x + 0.5).astype(np.intp)
        inside = (column >= 0) & (column < w)
        np.minimum.at(low, column[inside], y[inside])
        np.maximum.at(high, column[inside], y[inside])
    rows = np.arange(h)[:, None]
    top, bottom = low - width / 2.0 + 0.5, high + width / 2.0 + 0.5  # edges, row r from r to r + 1
    share = np.clip(np.minimum(bottom, rows + 1.0) - np.maximum(top, rows), 0.0, 1.0)
    drawn = np.asarray(np.round(255.0 * share), dtype=np.uint8)
    wide = 2 * round((width - 1.0) / 2.0) + 1  # the pen's dot is as wide as it is high
    return drawn if wide < 3 else np.asarray(cv2.dilate(drawn, np.ones((1, wide), dtype=np.uint8)), dtype=np.uint8)
