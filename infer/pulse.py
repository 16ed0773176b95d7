"""Pulse: how high the calibration pulse is drawn, as the strips show it beside their traces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from infer.leads import LEFT_MM, TimeAxis
from infer.trace import Column
from synth.layout import Layout
from synth.marks import lay_pulses

_NEAR_MM = 0.8


def pulse_shown(rows: Sequence[Column], layout: Layout, axis: TimeAxis) -> float | None:
    """Share of the columns under the tops of a layout's pulses in which ink lies at that very height, in [0, 1].

    Args:
        rows: The strips of a page that has this layout's rows.
        layout: A format that the page may have.
        axis: Where time 0 lies in the strips.

    Returns:
        None if the layout has no pulse that the strips show.
    """
    at_top: list[float] = []
    for xy_mm in lay_pulses(layout):
        top, zero_mm = xy_mm[:, 1].min(), float(xy_mm[:, 1].max())
        left, right = np.sort(xy_mm[xy_mm[:, 1] == top, 0])[[0, -1]] - layout.t0_mm
        column = rows[layout.zero_mm.index(zero_mm)]
        x_mm = (column.x_mm - LEFT_MM - axis.start_of(zero_mm)) / axis.stretch
        under = (x_mm > left) & (x_mm < right)
        if under.any():
            at_top.append(float((np.abs(column.above_mm[under] - (zero_mm - top)) < _NEAR_MM).mean()))
    return float(np.mean(at_top)) if at_top else None
