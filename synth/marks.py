"""Printed lines that are no traces: calibration pulses and the separators between columns."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from synth.geometry import Points
from synth.layout import Layout
from synth.parts import Separator
from synth.style import DrawnStyle


@dataclass(frozen=True, eq=False)
class Stroke:
    """A printed line that is no trace: `xy_mm` (n, 2) is its centre line; `mark` counts the marks of a kind.

    A separator of several dashes is several strokes of one mark.
    """

    kind: Literal["pulse", "separator"]
    mark: int
    xy_mm: Points
    width_mm: float


def draw_pulses(layout: Layout, style: DrawnStyle) -> tuple[Stroke, ...]:
    """The calibration pulses of a page, none if the layout has none."""
    return tuple(
        Stroke("pulse", mark, xy_mm + style.print_shift_mm, style.trace_mm)
        for mark, xy_mm in enumerate(lay_pulses(layout))
    )


def lay_pulses(layout: Layout) -> list[Points]:
    """Where the calibration pulses of a layout are drawn, (n, 2) in mm each; none if it has none."""
    pulse = layout.pulse
    if pulse is None:
        return []
    strips = len(layout.zero_mm)
    rows = {"each": range(strips), "first": range(1), "last": range(strips - 1, strips)}[pulse.rows]
    places = []
    for row in rows:
        left, right = _ends(layout, row)
        if pulse.side in ("left", "both"):
            places.append((left[0] - layout.pulse_mm, row, left[1]))
        if pulse.side in ("right", "both"):
            places.append((right[0] + pulse.gap_mm, row, right[1]))
    foot, top = pulse.feet_mm, pulse.width_s * layout.speed_mm_s
    along = np.cumsum([0.0, foot, 0.0, top, 0.0, foot])
    pulses = []
    for x, row, gain in places:
        up = np.array([0.0, 0.0, 1.0, 1.0, 0.0, 0.0]) * pulse.height_mv * gain
        xy = np.stack([x + along, layout.zero_mm[row] - up], axis=1)
        pulses.append(xy[slice(None) if foot else slice(1, 5)])
    return pulses


def pulse_strokes(layout: Layout) -> Points:
    """X of every upright stroke of a layout's calibration pulses and y of the zero line it stands on, (n, 2) in mm."""
    strokes = [
        (a[0], xy[:, 1].max()) for xy in lay_pulses(layout) for a, b in pairwise(xy) if a[0] == b[0] and a[1] != b[1]
    ]
    return np.array(strokes, dtype=np.float64).reshape(-1, 2)


def _ends(layout: Layout, row: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """(x, gain) at the left and at the right end of a row's traces."""
    leads = layout.rows[row] if row < len(layout.rows) else (layout.rhythm[row - len(layout.rows)],)
    first, last = (layout.gain_of(lead.removeprefix("-")) for lead in (leads[0], leads[-1]))
    return (layout.t0_mm, first), (layout.right_mm, last)


def draw_separators(layout: Layout, style: DrawnStyle) -> tuple[Stroke, ...]:
    """The separators of a page's columns, none if the layout has none."""
    mark, rows = layout.separator, len(layout.rows)
    if mark is None or not rows:
        return ()
    ends = [layout.column_mm(k) - (layout.gap_mm / 2.0 if k else 0.0) for k in range(layout.column_count)]
    ends = ends if mark.at != "between" else ends[1:]
    if mark.at == "all":
        last = layout.column_mm(layout.column_count - 1) + layout.column_s * layout.speed_mm_s
        ends.append(last)
    spans = [(y - mark.height_mm / 2.0, y + mark.height_mm / 2.0) for y in layout.zero_mm[:rows]]
    if mark.through:
        spans = [(spans[0][0], spans[-1][1])]
    elif mark.kind == "dashes":
        clear = mark.clear_mm / 2.0
        spans = [(y - clear - mark.height_mm, y + clear + mark.height_mm) for y in layout.zero_mm[:rows]]
    strokes = []
    for number, (x, (top, bottom)) in enumerate((x, span) for span in spans for x in ends):
        for a, b in _pieces(mark, top, bottom):
            xy = np.array([[x, a], [x, b]]) + style.print_shift_mm
            strokes.append(Stroke("separator", number, xy, mark.width_mm))
    return tuple(strokes)


def _pieces(mark: Separator, top: float, bottom: float) -> list[tuple[float, float]]:
    """The inked pieces of one upright mark from `top` to `bottom`."""
    if mark.kind == "bar":
        return [(top, bottom)]
    if mark.kind == "dashes":
        return [(top, top + mark.height_mm), (bottom - mark.height_mm, bottom)]
    inked = mark.width_mm if mark.kind == "dotted" else 0.55 * mark.clear_mm
    starts = np.arange(top, bottom - inked + 1e-9, mark.clear_mm)
    return [(float(a), float(a) + inked) for a in starts]
