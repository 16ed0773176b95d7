"""Step 3 of a reading: which stretch of which strip is which lead, and its samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator

from infer.strips import X_PX_MM, column_mm
from infer.trace import Column
from synth.layout import Layout

#: Strips begin this far left of time 0 as first guessed.
LEFT_MM = 15.0

_REACH_MM = 12.0  # how far time 0 is looked for
_LEAST = 0.15  # confidence under which a column is not believed but interpolated


def strip_columns(layout: Layout) -> int:
    """Columns of a strip that shows a whole row with margins; a multiple of 32."""
    return -(-round((layout.duration_s * layout.speed_mm_s + 2.0 * LEFT_MM) * X_PX_MM) // 32) * 32


def find_start(rows: list[Column], layout: Layout) -> tuple[float, float]:
    """Where time 0 lies: x in mm from the first guess, and the mean probability of the edges there.

    All edges of all rows vote together, since their distances are known.
    """
    shifts = np.arange(-_REACH_MM, _REACH_MM, 0.25 / X_PX_MM)
    votes, count = np.zeros_like(shifts), 0
    for index, row in enumerate(rows):
        whole = index >= len(layout.rows)
        step = layout.duration_s if whole else layout.column_s
        edges_mm = np.arange(0.0, layout.duration_s + 0.01, step) * layout.speed_mm_s
        x = LEFT_MM + edges_mm[:, None] + shifts[None, :]
        votes += np.interp(x.ravel(), column_mm(np.arange(len(row.edge))), row.edge).reshape(x.shape).sum(axis=0)
        count += len(edges_mm)
    votes /= count
    best = int(votes.argmax())
    near = slice(max(0, best - 24), best + 25)
    weight = np.maximum(votes[near] - 0.5 * votes[best], 0.0)
    return float((shifts[near] * weight).sum() / max(weight.sum(), 1e-12)), float(votes[best])


def read_leads(
    rows: list[Column], layout: Layout, start_mm: float, fs_hz: float
) -> dict[str, tuple[slice, NDArray[np.float64], float]]:
    """Samples of every lead: its stretch of the page's samples, the mV, and its mean confidence.

    A lead that is printed twice is taken from its rhythm strip, which shows all of it. Columns that the
    network does not believe are interpolated; a lead without any stays out.
    """
    n = int(layout.duration_s * fs_hz)
    found = {}
    for index, row in enumerate(rows):
        rhythm = index >= len(layout.rows)
        names = (layout.rhythm[index - len(layout.rows)],) if rhythm else layout.rows[index]
        for column, lead in enumerate(names):
            stretch = slice(column * n // len(names), (column + 1) * n // len(names))
            read = _samples(row, layout, start_mm, stretch, fs_hz)
            if read is not None:
                found[lead] = (stretch, *read)
    return found


def _samples(
    row: Column, layout: Layout, start_mm: float, stretch: slice, fs_hz: float
) -> tuple[NDArray[np.float64], float] | None:
    mm = column_mm(np.arange(len(row.above_mm))) - LEFT_MM - start_mm
    t = mm / layout.speed_mm_s
    within = (t >= stretch.start / fs_hz) & (t <= (stretch.stop - 1) / fs_hz)
    believed = within & (row.confidence >= _LEAST)
    if believed.sum() < 8:
        return None
    wanted = np.clip(np.arange(stretch.start, stretch.stop) / fs_hz, t[believed][0], t[believed][-1])
    mv = Akima1DInterpolator(t[believed], row.above_mm[believed] / layout.gain_mm_mv, method="makima")(wanted)
    return np.asarray(mv, dtype=np.float64), float(row.confidence[within].mean())
