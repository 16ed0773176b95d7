"""A format that the catalogue lacks, as the page itself shows it: rows, columns, names, pulses.

What cannot be seen is assumed and said: equally wide columns one after the other, 25 mm/s and 10 mm/mV where
neither speed nor pulse is clear, the usual order of leads where names cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from infer.networks.view import GAINS_MM_MV, SPEEDS_MM_S
from infer.page.canvas import CELL_MM, LINE, PULSE, START, TERRITORY, Canvas, Numbers, Shifts
from synth.catalogue import CATALOGUE
from synth.layout import Layout
from synth.peaks import find_peaks
from synth.record import LEADS

#: Name of a format that is none of the catalogue's.
UNKNOWN = "unknown"

_CLEAR = 0.3  # of the clearest row or column, what counts as one
_ROW_MM, _COLUMN_MM = 7.0, 15.0  # rows and columns lie at least so far apart
_AROUND_MM = (-3.0, -12.0, 20.0, 9.0)  # where a name may stand, from the beginning of its zero line
_LEGIBLE, _USUAL = 1.5, 3.0  # cells of a name; so many that are read say as much as where the lead usually stands
_SURE = 0.6
_MARGIN_MM = 40.0


@dataclass(frozen=True, eq=False)
class Format:
    """What a page shows of its format.

    Attributes:
        layout: The same as a layout of the catalogue; its paper's corner lies anywhere.
        shift_mm: Where that corner lies in grid mm.
        assumed: What could not be seen: `speed`, `gain`, `columns`, `leads`.
    """

    layout: Layout
    shift_mm: tuple[float, float]
    assumed: tuple[str, ...]


def describe(canvas: Canvas) -> Format | None:
    """The format of a page as it is seen; None where no row is."""
    zeros = seen_rows(canvas)
    if not zeros:
        return None
    starts, right = seen_columns(canvas, zeros)
    if right - starts[0] < _COLUMN_MM:
        return None
    rhythm = [zero for zero in zeros if len(starts) > 1 and not _parted(canvas, zero, starts)]
    rows = [zero for zero in zeros if zero not in rhythm]
    names, legible = _names(canvas, rows, starts)
    below, read = _names(canvas, rhythm, starts[:1])
    speed = _clearest(canvas.words_speed, SPEEDS_MM_S) or _clearest(canvas.speed, SPEEDS_MM_S)
    gain = _clearest(canvas.words_gain, GAINS_MM_MV) or _clearest(_pulses(canvas), GAINS_MM_MV)
    shift = (starts[0] - _MARGIN_MM, min(zeros) - _MARGIN_MM)
    pitch = float(np.median(np.diff(starts))) if len(starts) > 1 else right - starts[0]
    layout = Layout(
        name=UNKNOWN,
        about="as the page shows it",
        page_mm=(
            max(right - starts[0], len(starts) * pitch) + pitch + 3.0 * _MARGIN_MM,
            max(zeros) - min(zeros) + 2.0 * _MARGIN_MM,
        ),
        rows=tuple(names[k : k + len(starts)] for k in range(0, len(names), len(starts))),
        rhythm=below,
        column_s=pitch / (speed or 25.0),
        rhythm_s=(right - starts[0]) / (speed or 25.0) if rhythm else None,
        speed_mm_s=speed or 25.0,
        gain_mm_mv=gain or 10.0,
        t0_mm=_MARGIN_MM,
        zero_mm=tuple(zero - shift[1] for zero in (*rows, *rhythm)),
        pulse=None,
        separator=None,
        lead_name=None,
    )
    unseen = {
        "speed": speed is None,
        "gain": gain is None,
        "columns": len(starts) > 1 and not rhythm,
        "leads": not (legible and read),
    }
    return Format(layout, shift, tuple(what for what, missing in unseen.items() if missing))


def seen_rows(canvas: Canvas) -> list[float]:
    """Zero lines from top to bottom, in grid mm."""
    return _peaks(canvas.planes[LINE].sum(axis=1), _ROW_MM, float(canvas.origin_mm[1]))


def seen_columns(canvas: Canvas, zeros: list[float]) -> tuple[list[float], float]:
    """Beginnings of columns from left to right, and the right end of the traces, in grid mm."""
    rows = _near(canvas, zeros, 4.0)
    inside = np.flatnonzero(canvas.planes[TERRITORY][rows].mean(axis=0) > 0.4)
    if not len(inside):
        return [0.0], 0.0
    left, right = (float(canvas.origin_mm[0] + at * CELL_MM) for at in (inside[0], inside[-1] + 1))
    starts = _peaks(canvas.planes[START][rows].mean(axis=0), _COLUMN_MM, float(canvas.origin_mm[0]))
    starts = [start for start in starts if left - _COLUMN_MM < start < right - _COLUMN_MM]
    return starts or [left], right


def _parted(canvas: Canvas, zero: float, starts: list[float]) -> bool:
    """Whether a row has beginnings where columns begin, beside the first."""
    row = canvas.planes[START][_near(canvas, [zero], 4.0)].mean(axis=0)
    places = np.round((np.array(starts) - canvas.origin_mm[0]) / CELL_MM - 0.5).astype(int)
    heat = np.array([row[max(0, at - 1) : at + 2].max(initial=0.0) for at in places])
    return float(heat[1:].mean()) > 0.4 * float(heat[0])


def _names(canvas: Canvas, zeros: list[float], starts: list[float]) -> tuple[tuple[str, ...], bool]:
    """The leads of all places, row by row, each once, and whether all names could be read."""
    if not zeros:
        return (), True
    left, top, right, bottom = _AROUND_MM
    here = Shifts(canvas, np.zeros(1), np.zeros(1))
    seen = np.array(
        [
            [float(here.total(lead, (x + left, y + top, x + right, y + bottom))[0, 0]) for lead in range(len(LEADS))]
            for y in np.array(zeros) - canvas.origin_mm[1]
            for x in np.array(starts) - canvas.origin_mm[0]
        ]
    )
    usual = _usual(seen.reshape(len(zeros), len(starts), len(LEADS)))
    expected = np.eye(len(LEADS))[[LEADS.index(lead.removeprefix("-")) for lead in usual]]
    places, leads = linear_sum_assignment(-(seen + _USUAL * expected)[: len(LEADS)])
    named = dict(zip(places.tolist(), leads.tolist(), strict=True))
    read = [LEADS[named.get(place, int(seen[place].argmax()))] for place in range(len(seen))]
    found = tuple(f"-{lead}" if f"-{lead}" == there else lead for lead, there in zip(read, usual, strict=True))
    return found, bool((seen.max(axis=1) > _LEGIBLE).all())


def _usual(seen: Numbers) -> list[str]:
    """What to expect of places (rows, columns), row by row: the catalogue's arrangement that fits names best."""
    rows, columns, _ = seen.shape
    usual = [[lead for row in arranged for lead in row] for arranged in arrangements(rows, columns)]
    usual = usual or [[LEADS[place % len(LEADS)] for place in range(rows * columns)]]

    def fit(leads: list[str]) -> float:
        return float(sum(seen[divmod(k, columns)][LEADS.index(lead.removeprefix("-"))] for k, lead in enumerate(leads)))

    return max(usual, key=fit)


def arrangements(rows: int, columns: int) -> list[tuple[tuple[str, ...], ...]]:
    """How formats of the catalogue arrange leads in so many rows and columns, rhythm strips aside."""
    every = {layout.rows for layout in CATALOGUE.values()}
    return sorted(names for names in every if [len(row) for row in names] == [columns] * rows)


def _pulses(canvas: Canvas) -> Numbers:
    seen = canvas.sums[PULSE:, -1, -1]
    return np.asarray(seen / max(float(seen.sum()), 10.0))


def _clearest(share: Numbers, values: tuple[float, ...]) -> float | None:
    """The value that most speaks for; None where none is clear."""
    best = int(share.argmax())
    return values[best] if share[best] > _SURE else None


def _peaks(profile: Numbers, apart_mm: float, origin_mm: float) -> list[float]:
    """Centres of the peaks of a profile, to a fraction of a cell, in grid mm."""
    padded = np.pad(profile, 1)
    peaks = find_peaks(padded, height=_CLEAR * float(padded.max()) + 1e-9, distance=max(1, round(apart_mm / CELL_MM)))
    places = []
    for at in peaks:
        near = padded[at - 1 : at + 2]
        places.append(origin_mm + (at - 1 + 0.5 + float((near * (-1.0, 0.0, 1.0)).sum() / near.sum())) * CELL_MM)
    return places


def _near(canvas: Canvas, zeros: list[float], reach_mm: float) -> NDArray[np.bool_]:
    """Which rows of the canvas lie near zero lines."""
    y = canvas.origin_mm[1] + (np.arange(canvas.planes.shape[1]) + 0.5) * CELL_MM
    return np.asarray((np.abs(y[:, None] - np.array(zeros)) <= reach_mm).any(axis=1))
