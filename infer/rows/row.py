"""Step 3 of a reading: what each row of the page shows, in strips that are cut along the grid they show themselves.

Cells of the small picture say where a strip lies; the strip sees the grid far better than they do. Where its middle
rows show that it would be cut askew it is cut along the grid that they show, from the picture as it came. What is off
then is measured in its pixels: where the printed lines lie, and where the ink of the trace does.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from joblib import cpu_count
from numpy.typing import NDArray

from infer.format.layouts import Found
from infer.networks.backend import Backend, StripSeen
from infer.page.bent import look_up
from infer.page.rectify import PageMap
from infer.page.unbend import GRID_MM
from infer.rows.ink import Ink, follow_ink, trace_colour
from infer.rows.printed_lines import line_colour, lines_off
from infer.rows.strip_grid import grid_shift
from infer.rows.strips import HALF_MM, ROWS, X_PX_MM, Y_PX_MM, at_zero, column_mm, cut_strip, strip_mm
from infer.rows.strokes import ink_over, pulse_heights
from infer.rows.time_axis import LEFT_MM, strip_columns
from infer.rows.trace import Column, by_owner, distribution, put_right, read_columns
from synth.geometry import Map, Points, compose

_BESIDE = ROWS // 4  # rows above the middle ones and below, which the first look, only for the grid, does without
_BENT_MM, _FLAT_MM = 0.05, 0.25  # a strip of which a tenth lies farther off is cut again; flat pages are off evenly
_ROUNDS = 8
_ZERO_MM = 3.0  # above and below a zero line, between which most of its trace lies


@dataclass(frozen=True, eq=False)
class Straight:
    """Millimetres of a straight strip -> millimetres of the strip that was cut.

    Attributes:
        shift_mm: How far to the right of and below where it was meant to be each cell was cut, (H / 4, W / 4, 2).
    """

    shift_mm: NDArray[np.float32]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) to the strip that was cut."""
        cut = points
        for _ in range(_ROUNDS):
            cut = points - self._shift(cut)
        return cut

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) to the straight strip."""
        return points + self._shift(points)

    def _shift(self, points: Points) -> Points:
        pixels = np.stack([points[:, 0] * X_PX_MM - 0.5, (points[:, 1] + HALF_MM) * Y_PX_MM - 0.5], axis=1)
        return look_up(self.shift_mm, (pixels - 1.5) / 4.0)


class Row(NamedTuple):
    """One row of the page.

    Attributes:
        column: What its strip shows, column by column.
        to_px: Strip millimetres -> pixels of the picture.
        phase: What the strip shows of the grid, see `StripSeen`.
        strip: As it was cut, (H, W, 3).
        ink: The colour of its trace.
    """

    column: Column
    to_px: Map
    phase: NDArray[np.float32]
    strip: NDArray[np.uint8]
    ink: Ink


def look_at_strips(backend: Backend, image: NDArray[np.uint8], page: PageMap, found: Found) -> list[Row]:
    """What each row of a page shows."""

    def look(zero_mm: float) -> _Look:
        zero = zero_mm + found.shift_mm[1]
        to_px = compose([at_zero(left, zero), page.to_px])
        corner_mm = (left - first[0], zero - first[1] - HALF_MM)
        if page.lock > 0.0:
            middle = backend.see_strips(cut_strip(image, to_px, columns, _BESIDE)[None])[0].phase
            middle_mm = (corner_mm[0], corner_mm[1] + _BESIDE / Y_PX_MM)
            off = grid_shift(middle, middle_mm, raster_dpi=raster_dpi, flat=flat, beside=_BESIDE // 4)
            if float(np.percentile(np.abs(off[..., 0]), 90.0)) >= enough_mm:
                to_px = compose([Straight(off), to_px])
        strip = cut_strip(image, to_px, columns)
        return _Look(strip, backend.see_strips(strip[None])[0], corner_mm, to_px)

    def read(look: _Look, p: NDArray[np.float32], zero_mm: float) -> Row:
        seen, shift, lost = look.seen, None, np.zeros(3)
        if page.lock > 0.0:
            shift = grid_shift(seen.phase, look.corner_mm, raster_dpi=raster_dpi, flat=flat)
            colour = line_colour(look.strip, shift, look.corner_mm, raster_dpi)
            at = p.argmax(axis=0)
            shift -= lines_off(look.strip, shift, look.corner_mm, at, colour, raster_dpi=raster_dpi, flat=flat)
            lost = colour.lost
        column = read_columns(p, seen.printed, seen.edge, seen.place, shift)
        column = put_right(column, follow_ink(look.strip, column, lost), shift)
        if zero_mm in high_mm and shift is not None and flat:  # at the margin of a bent page edges of leads say more
            column = replace(column, ink=ink_over(look.strip, shift, column.row, lost, high_mm[zero_mm]))
        column = _none_beyond(column, look.to_px, size_px)
        return Row(column, look.to_px, seen.phase, look.strip, trace_colour(look.strip, column.row, lost))

    left, columns = found.layout.t0_mm + found.shift_mm[0] - LEFT_MM, strip_columns(found.layout)
    flat = page.bent_mm == 0.0
    enough_mm = _FLAT_MM if flat else _BENT_MM
    size_px = (image.shape[1], image.shape[0])
    raster_dpi, first, high_mm = found.layout.grid.raster_dpi, first_line_mm(found), pulse_heights(found.layout)
    with ThreadPoolExecutor(cpu_count()) as pool:  # each row by itself, on one thread: the same bytes on any machine
        looks = list(pool.map(look, found.layout.zero_mm))
        p = list(pool.map(lambda look: distribution(look.seen.y), looks))
        p = by_owner(p, found.layout.zero_mm, pool.map)
        return list(pool.map(read, looks, p, found.layout.zero_mm))


def trace_px(column: Column, to_px: Map) -> Points:
    """Where the trace of a strip lies in the picture, column by column, (W, 2)."""
    return to_px.forward(strip_mm(np.stack([np.arange(len(column.row)), column.row], axis=1)))


def _none_beyond(column: Column, to_px: Map, size_px: tuple[int, int]) -> Column:
    """Nothing is believed of columns beyond the picture's edge, nor where all around the zero line lies there.

    A strip whose own row is cut away shows its neighbours.
    """
    x_mm = column_mm(np.arange(len(column.row)))
    above, below = (to_px.forward(np.stack([x_mm, np.full_like(x_mm, y)], axis=1)) for y in (-_ZERO_MM, _ZERO_MM))
    gone = _outside(above, size_px) & _outside(below, size_px)
    beyond = _outside(trace_px(column, to_px), size_px) | gone
    if not beyond.any():
        return column
    return replace(column, confidence=np.where(beyond, 0.0, column.confidence), beyond=beyond)


def _outside(px: Points, size_px: tuple[int, int]) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce((px < -0.5) | (px > np.array(size_px) - 0.5), axis=1))


def first_line_mm(found: Found) -> tuple[float, float]:
    """Where on the grid that was seen, which begins anywhere, the format's own begins."""
    x, y = (
        GRID_MM * round((shift + origin) / GRID_MM)
        for shift, origin in zip(found.shift_mm, found.layout.grid_origin_mm, strict=True)
    )
    return x, y


class _Look(NamedTuple):
    """The last look at a strip.

    Attributes:
        strip: As it was cut.
        seen: What its network sees in it.
        corner_mm: Where on the grid its left upper corner was meant to lie.
        to_px: Strip millimetres -> pixels of the picture.
    """

    strip: NDArray[np.uint8]
    seen: StripSeen
    corner_mm: tuple[float, float]
    to_px: Map
