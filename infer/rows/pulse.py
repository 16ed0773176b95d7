"""Pulse: how high the calibration pulse is drawn, as the strips' pixels show it beside their traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infer.rows.row import Row
from infer.rows.strips import row_of
from infer.rows.time_axis import LEFT_MM, TimeAxis
from synth.layout import Layout
from synth.marks import lay_pulses

_NEAR_MM = 1.5  # how far off its height a pulse's top is looked for: traces lie anywhere on paper printed in advance
_STROKE_MM = 0.5  # beside a stroke
_BESIDE_MM = 4.0  # how far beside a pulse nothing of it is
_INKED = 0.4  # of the trace's darkness
_DOUBT = 0.4  # share of a top that has to be drawn


def pulse_shown(rows: Sequence[Row], layout: Layout, axis: TimeAxis) -> float:
    """How much speaks for a layout's pulses.

    0.6 for one in each row whose top is inked from stroke to stroke, and not beside them; 1.2 for two, -0.4 for one
    that is not; 0 for none.

    Args:
        rows: The strips of a page that has this layout's rows.
        layout: A format that the page may have.
        axis: Where time 0 lies in the strips.
    """
    shown: list[float] = []
    pulses = lay_pulses(layout)
    for xy_mm in pulses:
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
            shown.append(float((inked[:, under].mean(axis=1) - inked[:, beside].mean(axis=1)).max()) - _DOUBT)
    return float(np.sum(shown)) / max(len({float(xy_mm[:, 1].max()) for xy_mm in pulses}), 1)
