"""Pulse: how high the calibration pulse is drawn, as the strips' pixels show it beside their traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infer.leads import LEFT_MM, TimeAxis
from infer.rows import Row
from infer.strips import row_of
from synth.layout import Layout
from synth.marks import lay_pulses

_NEAR_MM = 1.5  # how far off its height a pulse's top is looked for: traces lie anywhere on paper printed in advance
_STROKE_MM = 0.5  # beside a stroke
_BESIDE_MM = 4.0  # how far beside a pulse nothing of it is
_INKED = 0.4  # of the trace's darkness


def pulse_shown(rows: Sequence[Row], layout: Layout, axis: TimeAxis) -> float | None:
    """How clearly the tops of a layout's pulses are drawn, in [-1, 1]: inked from stroke to stroke, not beside them.

    Args:
        rows: The strips of a page that has this layout's rows.
        layout: A format that the page may have.
        axis: Where time 0 lies in the strips.

    Returns:
        None if the layout has no pulse that the strips show.
    """
    shown: list[float] = []
    for xy_mm in lay_pulses(layout):
        top, zero_mm = xy_mm[:, 1].min(), float(xy_mm[:, 1].max())
        left, right = np.sort(xy_mm[xy_mm[:, 1] == top, 0])[[0, -1]] - layout.t0_mm
        row = rows[layout.zero_mm.index(zero_mm)]
        x_mm = (row.column.x_mm - LEFT_MM - axis.start_of(zero_mm)) / axis.stretch
        around = np.flatnonzero((x_mm > left - _BESIDE_MM) & (x_mm < right + _BESIDE_MM))
        x_mm = x_mm[around]
        under = (x_mm > left + _STROKE_MM) & (x_mm < right - _STROKE_MM)
        beside = (x_mm < left - _STROKE_MM) | (x_mm > right + _STROKE_MM)
        if under.any() and beside.any():
            low, high = (max(int(row_of(np.array(zero_mm - top + off))), 0) for off in (_NEAR_MM, -_NEAR_MM))
            part = row.strip[low : high + 1, around[0] : around[-1] + 1]
            inked = ((1.0 - part / row.ink.paper) @ row.ink.seen)[:, around - around[0]] > _INKED
            shown.append(float((inked[:, under].mean(axis=1) - inked[:, beside].mean(axis=1)).max()))
    return float(np.mean(shown)) if shown else None
