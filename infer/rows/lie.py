"""How rows lie by a map that names gave: what their grid and their traces say of its turn, its scale and time 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import theilslopes

from infer.page.homography import fit_homography
from infer.page.unbend import FINE_MM
from infer.rows.row import Row
from infer.rows.strip_grid import at_trace, fine_drift, fine_shift
from infer.rows.strips import column_mm
from infer.rows.time_axis import LEFT_MM, PRINTED_MM, TimeAxis, uprights_seen
from synth.geometry import Homography, Points
from synth.layout import Layout
from synth.page import lay_cells

_SEEN, _LEAST_SEEN, _PIECES = 0.5, 0.3, 24  # confidence and share of columns that tell how a trace rises; of a trace
_EDGE_MM, _LEVEL_MM, _STIFF_MM = 0.1, 0.7, 3.0  # how well edges, zero lines and corners of the page are known
_CLEARLY, _ROUNDS = 5.0, 4  # less misfit by which a page leans; of a fit
_FEW_ROWS = 6  # fewer say less of a page's scale than its names do


def rise_of(rows: list[Row]) -> float:
    """How much per mm to the right the 1 mm grid rises in the strips, or traces do where it is not seen: the median."""
    slopes = []
    for row in rows:
        x, drift = column_mm(np.arange(len(row.column.row))), fine_drift(row.phase)
        if drift.any():
            slopes.append((True, float(np.polyfit(x, drift, 1)[0])))
        elif (seen := row.column.confidence > _SEEN).mean() > _LEAST_SEEN:
            slopes.append((False, _slope(x[seen], row.column.above_mm[seen])))
    by_grid = [slope for grid, slope in slopes if grid]
    return float(np.median(by_grid or [slope for _, slope in slopes] or [0.0]))


def sinking_of(rows: list[Row], zero_mm: Sequence[float]) -> float:
    """How much per mm down the page traces lie lower than their zero lines; 0 where rows are few."""
    level = [
        (zero, -float(np.median(row.column.above_mm[seen])))
        for row, zero in zip(rows, zero_mm, strict=True)
        if (seen := row.column.confidence > _SEEN).mean() > _LEAST_SEEN
    ]
    if len(level) < _FEW_ROWS:
        return 0.0
    at, lower = np.array(level).T
    return float(theilslopes(lower, at)[0])


def seen_to_format(rows: list[Row], layout: Layout, axis: TimeAxis) -> Homography:
    """Where things of a format are seen on its paper -> where it has them, by edges and zero lines of its leads.

    Edges say where along time they lie; traces where their zero lines do, to what the middle of a heart's may be off.
    """
    seen: list[tuple[float, float]] = []
    meant: list[tuple[float, float]] = []
    sure_mm: list[tuple[float, float]] = []
    for upright in uprights_seen([row.column for row in rows], layout, axis):
        seen.append((layout.t0_mm + upright.x_mm, upright.zero_mm))
        meant.append((layout.t0_mm + upright.meant_mm, upright.zero_mm))
        sure_mm.append((_EDGE_MM / max(upright.counts, 1e-3) ** 0.5, np.inf))
    for cell in lay_cells(layout, 1000.0):
        column, zero_mm = rows[cell.row].column, layout.zero_mm[cell.row]
        x_mm = layout.t0_mm + column.x_mm - LEFT_MM
        end_mm = cell.start_mm + (cell.samples.stop - cell.samples.start) / 1000.0 * layout.speed_mm_s
        here = (x_mm > cell.start_mm) & (x_mm < end_mm) & (column.confidence > _SEEN)
        if here.any():
            middle = float(x_mm[here].mean())
            seen.append((middle, zero_mm - float(np.median(column.above_mm[here]))))
            meant.append((middle, zero_mm))
            sure_mm.append((np.inf, _LEVEL_MM))
    width, height = layout.page_mm
    corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)]
    source, target = np.array([*seen, *corners]), np.array([*meant, *corners])
    sigma = np.array([*sure_mm, *[(_STIFF_MM, _STIFF_MM)] * 4])
    flat, fits_flat = _robust_fit(source, target, sigma, flat=True)
    fit, fits = _robust_fit(source, target, sigma, flat=False)
    return fit if fits_flat - fits > _CLEARLY else flat


def _robust_fit(source: Points, target: Points, sigma: Points, *, flat: bool) -> tuple[Homography, float]:
    """Homography that points far off hardly bend, and its misfit."""
    off = np.zeros_like(sigma)
    for _ in range(_ROUNDS):
        fit = fit_homography(source, target, 1.0 / (sigma**2 * (1.0 + (off / sigma) ** 2)), flat=flat)
        off = np.where(np.isfinite(sigma), fit.forward(source) - target, 0.0)
    return fit, float(np.log1p((off / sigma) ** 2).sum())


def _slope(x_mm: NDArray[np.float64], above_mm: NDArray[np.float64]) -> float:
    """Of a trace's level: of the medians of pieces, whose waves stand out little."""
    pieces = np.array_split(np.arange(len(x_mm)), _PIECES)
    middles = np.array([(np.median(x_mm[piece]), np.median(above_mm[piece])) for piece in pieces])
    return float(theilslopes(middles[:, 1], middles[:, 0])[0])


def by_fine_grid(rows: list[Row], layout: Layout, axis: TimeAxis) -> list[Row]:
    """The rows of a page whose map only its marks gave, put right by its 1 mm grid, which may be all that is printed.

    The edges of leads say where time 0 lies to about a tenth of a millimetre. Where the format prints it so near on its
    1 mm grid it is there; on other paper the mean of all rows stays as it was.
    """
    first_mm = layout.t0_mm - layout.grid_origin_mm[0]
    off = []
    for row, zero_mm in zip(rows, layout.zero_mm, strict=True):
        x = column_mm(np.arange(row.phase.shape[2], dtype=np.float64) * 4.0 + 1.5)
        shift = fine_shift(row.phase, first_mm + (x - LEFT_MM - axis.start_of(zero_mm)) / axis.stretch)
        off.append(at_trace(shift, row.column.row)[:, 0])
    middle = FINE_MM / (2.0 * np.pi) * float(np.angle(np.exp(2j * np.pi / FINE_MM * np.concatenate(off)).sum()))
    anywhere = 0.0 if abs(middle) < PRINTED_MM else middle
    return [
        row._replace(
            column=replace(
                row.column,
                x_mm=row.column.x_mm + axis.stretch * (shift - anywhere),
                above_mm=row.column.above_mm - fine_drift(row.phase),
            )
        )
        for row, shift in zip(rows, off, strict=True)
    ]
