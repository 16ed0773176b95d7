"""Where upright strokes of calibration pulses lie, measured in the pixels of a strip: they say where time 0 is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from infer.rows.ink import trace_colour
from infer.rows.strips import X_PX_MM, column_mm, row_of
from synth.layout import Layout
from synth.marks import lay_pulses

_SHARE = 0.2, 0.8  # of a pulse's height, between which nothing but its strokes is inked
_REACH_MM, _AROUND_MM = 0.6, 0.3  # how far strokes are looked for, and how wide their ink is
_LEAST = 0.3  # of the trace's darkness
_FEW, _SPREAD_MM = 4, 0.025  # strokes that agree so well are believed
_BELIEVED = 0.8


def pulse_heights(layout: Layout) -> dict[float, float]:
    """Height of the calibration pulses on each zero line that has any, of the lower one where two differ; mm by mm."""
    pulses = sorted(lay_pulses(layout), key=lambda xy: float(np.ptp(xy[:, 1])), reverse=True)
    return {float(xy[:, 1].max()): float(np.ptp(xy[:, 1])) for xy in pulses}


def ink_over(
    strip: NDArray[np.uint8],
    shift_mm: NDArray[np.float32],
    row: NDArray[np.float64],
    line_colour: NDArray[np.float64],
    height_mm: float,
) -> NDArray[np.float64]:
    """How dark a strip is over its zero line, in the trace's colour, which is 1, less the grid's.

    Args:
        strip: (H, W, 3) as it was cut.
        shift_mm: How far to the right of and below where it was meant to be each cell was cut, (H / 4, W / 4, 2).
        row: Row of the trace in each column, (W,).
        line_colour: Light that the lines of the grid take of each channel, as a share, (3,).
        height_mm: Of the pulse.

    Returns:
        Median over most of the pulse's height at `column_mm` of the straight strip, (W,).
    """
    width = strip.shape[1]
    ink = trace_colour(strip, row, line_colour)
    top, bottom = (int(np.clip(row_of(np.array(share * height_mm)), 0, len(strip) - 1)) for share in _SHARE[::-1])
    dark = (1.0 - strip[top : bottom + 1] / ink.paper) @ ink.seen
    at, cell = column_mm(np.arange(width)), np.arange(2.0, width, 4.0) / X_PX_MM
    straight = [
        np.interp(np.interp(at, cell + shift_mm[number // 4, :, 0], cell) * X_PX_MM - 0.5, np.arange(width), line)
        for number, line in enumerate(dark, start=top)
    ]
    return np.asarray(np.median(straight, axis=0))


def stroke_off(ink: NDArray[np.float64], x_mm: float) -> float | None:
    """How far to the right of a place the stroke there lies, mm; None if none is seen."""
    at = x_mm + np.arange(-_REACH_MM - _AROUND_MM, _REACH_MM + _AROUND_MM + 0.01, 0.05)
    seen = np.interp(at, column_mm(np.arange(len(ink))), ink)
    seen = seen - min(seen[:6].mean(), seen[-6:].mean())
    peak = int(seen[6:-6].argmax()) + 6
    if seen[peak] < _LEAST or peak in (6, len(seen) - 7):
        return None
    near = slice(peak - 6, peak + 7)
    weight = np.clip(seen[near] - _LEAST * seen[peak], 0.0, None)
    return float(weight @ (at[near] - x_mm) / weight.sum())


def agreed(off_mm: Sequence[float | None]) -> float:
    """How far time 0 is to be moved by what strokes say; 0 if too few are seen, or if they disagree."""
    seen = [off for off in off_mm if off is not None]
    return _BELIEVED * float(np.median(seen)) if len(seen) >= _FEW and np.std(seen) < _SPREAD_MM else 0.0
