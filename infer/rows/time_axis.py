"""Step 5 of a reading: where time 0 lies in the strips, how the page's time runs, and whether print lies askew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from infer.page.unbend import GRID_MM
from infer.rows.strips import X_PX_MM
from infer.rows.strokes import agreed, stroke_off
from infer.rows.trace import Column
from synth.geometry import Points
from synth.layout import Layout
from synth.marks import pulse_strokes
from synth.page import lay_cells

#: Strips begin this far left of time 0 as first guessed.
LEFT_MM = 15.0

#: Where time 0 is seen this near to where the format has it on its grid, it is there.
PRINTED_MM = 0.12

_REACH_MM = 7.0  # how far time 0 is looked for
_NEAR_MM = 0.8  # how far around a first estimate each single edge is looked for
_FAR_MM = 3.0  # the same by a map that is known badly
_EDGE_MM = 0.1  # how exactly a single edge is seen
_UNSURE_MM = 0.1  # how far edges may move the ends of a page whose grid was not seen well
_ASKEW_MM = 1.5  # how far time 0 may plausibly lean from the middle of the page to its top where print lies askew
_CLEARLY = 4.0  # less misfit: it does (7 and 12 where it does, at most 1.6 where not)
_BLUNT = 0.2  # weight of the first and last edge of a row, and of the strokes that pulses rise by


def strip_columns(layout: Layout) -> int:
    """Columns of a strip that shows a whole row with margins; a multiple of 64."""
    return -(-round((layout.right_mm - layout.t0_mm + 2.0 * LEFT_MM) * X_PX_MM) // 64) * 64


@dataclass(frozen=True)
class TimeAxis:
    """Where time lies in the strips of a page.

    Attributes:
        start_mm: x of time 0 from the first guess.
        stretch: Found length of the page's time axis against the layout's; 1 where the grid was seen well.
        certainty: Mean probability of the edges of leads there, in [0, 1].
        lean: How far to the right time 0 moves per mm down the page; 0 where the grid was seen well and is straight.
        fall: How far down traces move per mm to the right, where they lie askew on the grid.
    """

    start_mm: float
    stretch: float
    certainty: float
    lean: float = 0.0
    fall: float = 0.0

    def start_of(self, zero_mm: float) -> float:
        """X of time 0 in the row whose zero line is at `zero_mm` of the layout's paper."""
        return self.start_mm + self.lean * zero_mm

    def turned_back(self, row: Column, zero_mm: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How far from time 0, and above its zero line, the print of a row's columns lies, mm, as if not askew."""
        along, above = row.x_mm - LEFT_MM - self.start_of(zero_mm), row.above_mm
        return along - self.fall * above, above + self.fall * along


def find_time_axis(rows: list[Column], layout: Layout, lock: float) -> TimeAxis:
    """Find time 0 by the edges of leads, which vote together since their distances are known, and by pulses.

    The grid gives the scale; the less clearly it was seen, the more the distances of the edges correct it. Where
    strokes can be measured in pixels, and agree, they count most. Paper whose grid was printed in advance runs through
    some devices askew: all traces lie turned on it, which edges tell.

    Args:
        rows: The strips.
        layout: The format.
        lock: How well the grid was seen, in [-1, 1].
    """
    edges, strokes = _edges(rows, layout), _strokes(rows, layout)
    shifts = np.arange(-_REACH_MM, _REACH_MM, 0.25 / X_PX_MM)
    votes = np.mean([_heat(edge, LEFT_MM + edge.x_mm + shifts) for edge in edges], axis=0)
    best = float(shifts[votes.argmax()])
    loose = 2.0 * (1.0 - lock) ** 2
    straight, misfit = _axis_through(edges, strokes, best, (loose, loose))
    if loose > _UNSURE_MM:
        return straight
    askew, less = _axis_through(edges, strokes, best, (loose, _ASKEW_MM))
    return replace(askew, fall=-askew.lean) if misfit - less > _CLEARLY else straight


def _axis_through(
    edges: list[_Upright], strokes: list[_Upright], near_mm: float, loose_mm: tuple[float, float]
) -> tuple[TimeAxis, float]:
    """The axis that fits best what is seen near a first guess of time 0, and its misfit; see `_robust_plane`."""
    uprights = [*edges, *strokes]
    seen = [_beside(upright, LEFT_MM + upright.x_mm + near_mm) for upright in uprights]
    offset, weight = np.array(seen).T
    at = np.array([(upright.x_mm, upright.zero_mm) for upright in uprights])
    start, (slope, lean), misfit = _robust_plane(at, offset, weight, loose_mm)
    axis = TimeAxis(near_mm + start, 1.0 + slope, 0.0, lean)
    measured = [
        stroke_off(stroke.row.ink, LEFT_MM + axis.start_of(stroke.zero_mm) + axis.stretch * stroke.x_mm)
        for stroke in strokes
        if stroke.row.ink is not None
    ]
    axis = replace(axis, start_mm=axis.start_mm + agreed(measured))
    x = LEFT_MM + axis.start_mm + axis.lean * at[:, 1] + axis.stretch * at[:, 0]
    there = [_heat(edge, x[k : k + 1]) for k, edge in enumerate(edges)]
    return replace(axis, certainty=float(np.mean(there))), misfit


class _Upright(NamedTuple):
    """Something of a format that says where its time 0 lies.

    Attributes:
        row: The strip that shows it.
        kind: 0 for an edge of a lead, 1 for the stroke of a pulse.
        x_mm: Where the format has it, from time 0.
        zero_mm: The zero line of its row.
        counts: How much.
    """

    row: Column
    kind: int
    x_mm: float
    zero_mm: float
    counts: float


def _edges(rows: list[Column], layout: Layout) -> list[_Upright]:
    """Beginnings of the leads of each row, and the end of its last."""
    edges = []
    for number, (row, zero_mm) in enumerate(zip(rows, layout.zero_mm, strict=True)):
        at_mm = _edges_mm(layout, number)
        edges += [_Upright(row, 0, x_mm, zero_mm, _counts(0 < k < len(at_mm) - 1)) for k, x_mm in enumerate(at_mm)]
    return edges


def _strokes(rows: list[Column], layout: Layout) -> list[_Upright]:
    """Upright strokes of pulses."""
    return [
        _Upright(rows[layout.zero_mm.index(zero_mm)], 1, x_mm - layout.t0_mm, zero_mm, _counts(n % 2 == 1))
        for n, (x_mm, zero_mm) in enumerate(pulse_strokes(layout))
    ]


def _counts(sharp: bool) -> float:
    """How much something counts: where leads meet and where pulses fall is seen best, whatever the format."""
    return 1.0 if sharp else _BLUNT


def _heat(upright: _Upright, x_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely something of its kind lies at places of its strip."""
    return np.asarray(np.interp(x_mm, upright.row.x_mm, upright.row.edge[upright.kind]))


def _beside(upright: _Upright, x_mm: float, near_mm: float = _NEAR_MM) -> tuple[float, float]:
    """How far to the right of a place of its strip the columns around see it, mm, and how much that counts."""
    row, kind = upright.row, upright.kind
    near = np.abs(row.x_mm - x_mm) < near_mm
    if not near.any():  # beyond the end of the strip
        return 0.0, 0.0
    heat = row.edge[kind, near] ** 2 + 1e-9
    offset = float(heat @ (row.x_mm + row.place_mm[kind] - x_mm)[near] / heat.sum())
    return offset, upright.counts * float(heat.max())


class UprightSeen(NamedTuple):
    """Where something upright of a format is seen, roughly, in mm from time 0 as first guessed, and where it should be.

    Attributes:
        x_mm: Where it is seen.
        meant_mm: Where the format has it.
        zero_mm: The zero line of its row.
        counts: How much, in [0, 1].
    """

    x_mm: float
    meant_mm: float
    zero_mm: float
    counts: float


def uprights_seen(rows: list[Column], layout: Layout, axis: TimeAxis) -> list[UprightSeen]:
    """Edges of leads and strokes of pulses, as far from their places as a map that is known badly may have them."""
    seen = []
    for upright in (*_edges(rows, layout), *_strokes(rows, layout)):
        x_mm = axis.start_of(upright.zero_mm) + axis.stretch * upright.x_mm
        off, counts = _beside(upright, LEFT_MM + x_mm, _FAR_MM)
        seen.append(UprightSeen(x_mm + off, upright.x_mm, upright.zero_mm, counts))
    return seen


def on_grid(axis: TimeAxis, layout: Layout, shift_mm: float) -> TimeAxis:
    """The axis with time 0 just where the format prints it on its grid, if it is seen that near.

    The grid is seen far more exactly than edges of leads; paper that was printed in advance lies anywhere, though.

    Args:
        axis: As the edges say.
        layout: The format.
        shift_mm: Where the left end of its paper lies on the grid that was seen.
    """
    if axis.fall:
        return axis
    seen = layout.t0_mm + shift_mm + axis.start_mm
    off = seen - (layout.t0_mm - layout.grid_origin_mm[0])
    off -= GRID_MM * round(off / GRID_MM)
    return replace(axis, start_mm=axis.start_mm - off) if abs(off) < PRINTED_MM else axis


def _edges_mm(layout: Layout, row: int) -> list[float]:
    """Beginnings of the leads of a row, and the end of its last, mm from time 0."""
    cells = [cell for cell in lay_cells(layout, 1000.0) if cell.row == row]
    last = cells[-1].samples
    end = cells[-1].start_mm + (last.stop - last.start) / 1000.0 * layout.speed_mm_s - layout.clear_mm
    return [cell.start_mm - layout.t0_mm for cell in cells] + [end - layout.t0_mm]


def _robust_plane(
    at: Points, offset: NDArray[np.float64], weight: NDArray[np.float64], loose_mm: tuple[float, float]
) -> tuple[float, NDArray[np.float64], float]:
    """Offset, slopes over x and y, and misfit; `loose_mm` is how far each slope may plausibly move the page's ends."""
    middle, half = at.mean(axis=0), np.maximum(np.ptp(at, axis=0) / 2.0, 1e-9)
    design = np.column_stack([np.ones(len(at)), (at - middle) / half])
    prior = np.diag([0.0, *((_EDGE_MM / max(loose, 1e-3)) ** 2 for loose in loose_mm)])
    plane = np.array([np.median(offset), 0.0, 0.0])
    for _ in range(5):
        w = (weight / (1.0 + ((offset - design @ plane) / _EDGE_MM) ** 2) + 1e-9)[:, None]
        plane = np.linalg.solve(design.T @ (w * design) + prior, (w * design).T @ offset)
    slopes = plane[1:] / half
    misfit = float(weight @ np.log1p(((offset - design @ plane) / _EDGE_MM) ** 2))
    return float(plane[0] - slopes @ middle), slopes, misfit
