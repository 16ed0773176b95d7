"""Step 3 of a reading: which stretch of which strip is which lead, and its samples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator

from infer.strips import X_PX_MM, column_mm
from infer.trace import Column
from synth.layout import Layout

#: Strips begin this far left of time 0 as first guessed.
LEFT_MM = 15.0

_REACH_MM = 12.0  # how far time 0 is looked for
_NEAR_MM = 1.5  # how far around a first estimate each single edge is looked for
_EDGE_MM = 0.1  # how exactly a single edge is seen
_LEAST = 0.15  # confidence under which a column is not believed but interpolated


def strip_columns(layout: Layout) -> int:
    """Columns of a strip that shows a whole row with margins; a multiple of 32."""
    return -(-round((layout.duration_s * layout.speed_mm_s + 2.0 * LEFT_MM) * X_PX_MM) // 32) * 32


@dataclass(frozen=True)
class TimeAxis:
    """Where time lies in the strips of a page.

    Attributes:
        start_mm: x of time 0 from the first guess.
        stretch: Found length of the page's time axis against the layout's; 1 where the grid was seen well.
        certainty: Mean probability of the edges of leads there, in [0, 1].
    """

    start_mm: float
    stretch: float
    certainty: float


def find_time_axis(rows: list[Column], layout: Layout, lock: float) -> TimeAxis:
    """Find time 0 by the edges of leads, which vote together since their distances are known.

    The grid gives the scale; the less clearly it was seen, the more the distances of the edges correct it.

    Args:
        rows: The strips.
        layout: The format.
        lock: How well the grid was seen, in [-1, 1].
    """
    edges = [(row, edge_mm) for k, row in enumerate(rows) for edge_mm in _edges_mm(layout, k)]
    shifts = np.arange(-_REACH_MM, _REACH_MM, 0.25 / X_PX_MM)
    votes = np.mean([_heat(row, LEFT_MM + edge_mm + shifts) for row, edge_mm in edges], axis=0)
    best = float(shifts[votes.argmax()])
    near = np.arange(-_NEAR_MM, _NEAR_MM, 0.25 / X_PX_MM)
    heats = np.stack([_heat(row, LEFT_MM + edge_mm + best + near) ** 2 for row, edge_mm in edges])
    offset = (heats * near).sum(axis=1) / np.maximum(heats.sum(axis=1), 1e-9)
    weight = heats.max(axis=1)
    at = np.array([edge_mm for _, edge_mm in edges])
    start, slope = _robust_line(at, offset, weight, spread=2.0 * (1.0 - lock) ** 2)
    return TimeAxis(best + start, 1.0 + slope, float(votes.max()))


def _edges_mm(layout: Layout, row: int) -> NDArray[np.float64]:
    step_s = layout.column_s if row < len(layout.rows) else layout.duration_s
    return np.arange(0.0, layout.duration_s + 0.01, step_s) * layout.speed_mm_s


def _heat(row: Column, x_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.interp(x_mm, column_mm(np.arange(len(row.edge))), row.edge)


def _robust_line(
    x: NDArray[np.float64], y: NDArray[np.float64], weight: NDArray[np.float64], spread: float
) -> tuple[float, float]:
    """Offset and slope of y over x; `spread` is how far (mm) the slope may plausibly move the line's ends."""
    half = max(float(np.ptp(x)) / 2.0, 1e-9)
    design = np.stack([np.ones_like(x), (x - x.mean()) / half], axis=1)
    prior = np.diag([0.0, (_EDGE_MM / max(spread, 1e-3)) ** 2])
    line = np.array([np.median(y), 0.0])
    for _ in range(5):
        w = (weight / (1.0 + ((y - design @ line) / _EDGE_MM) ** 2))[:, None]
        line = np.linalg.solve(design.T @ (w * design) + prior, (w * design).T @ y)
    slope = float(line[1]) / half
    return float(line[0]) - slope * float(x.mean()), slope


def read_leads(
    rows: list[Column], layout: Layout, axis: TimeAxis, fs_hz: float
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
            read = _samples(row, layout, axis, stretch, fs_hz)
            if read is not None:
                found[lead] = (stretch, *read)
    return found


def _samples(
    row: Column, layout: Layout, axis: TimeAxis, stretch: slice, fs_hz: float
) -> tuple[NDArray[np.float64], float] | None:
    mm = column_mm(np.arange(len(row.above_mm))) - LEFT_MM - axis.start_mm
    t = mm / (layout.speed_mm_s * axis.stretch)
    within = (t >= stretch.start / fs_hz) & (t <= (stretch.stop - 1) / fs_hz)
    believed = within & (row.confidence >= _LEAST)
    if believed.sum() < 8:
        return None
    wanted = np.clip(np.arange(stretch.start, stretch.stop) / fs_hz, t[believed][0], t[believed][-1])
    mv = Akima1DInterpolator(t[believed], row.above_mm[believed] / layout.gain_mm_mv, method="makima")(wanted)
    return np.asarray(mv, dtype=np.float64), float(row.confidence[within].mean())
