"""Step 6 of a reading: which stretch of which strip is which lead, and its samples."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator

from infer.rows.strips import X_PX_MM
from infer.rows.time_axis import TimeAxis
from infer.rows.trace import Column
from synth.layout import Layout
from synth.page import Cell, lay_cells
from synth.record import LEADS, EcgRecord, sample_count

_LEAST = 0.15  # confidence under which a column is not believed but interpolated
_DOUBT_MM2 = 9.0  # so is one whose height has a larger variance
_LEAST_SHARE = 0.01  # of confidence, by which a column's variance is larger than it says
_AROUND, _TOGETHER = 21, 7  # columns around one that must be believed, too: a few amid none follow something else
_NEAREST = 0.2  # of a column: one nearer than that to the one before is at no time of its own
_FEWEST, _FEWEST_SAMPLES = 8, 4  # columns that are believed of a lead, and samples that it shows
_WELL_SEEN = 0.5


@dataclass(frozen=True, eq=False)
class LeadRead:
    """One lead as it was read.

    Attributes:
        lead: Its name.
        samples: Its stretch of the page's samples.
        mv: Their values, mV.
        gain_mm_mv: Millimetres of paper per mV.
        seen: Mean confidence of its columns, in [0, 1].
        doubt_mm2: Mean variance of their heights.
        variance_mv2: Variance of each sample as far as the network says it, mV^2; None where nothing is said.
        row: Which row of the page shows it.
    """

    lead: str
    samples: slice
    mv: NDArray[np.float64]
    gain_mm_mv: float
    seen: float
    doubt_mm2: float
    variance_mv2: NDArray[np.float64] | None = None
    row: int = 0


def read_leads(rows: list[Column], layout: Layout, axis: TimeAxis, fs_hz: float) -> list[LeadRead]:
    """Every lead that is found, in the layout's order: one that is printed twice comes twice, its rhythm strip last.

    Columns that the network does not believe are interpolated; a lead without any stays out.
    """
    reads = (read_lead(rows[cell.row], layout, axis, cell, fs_hz) for cell in lay_cells(layout, fs_hz))
    return [read for read in reads if read is not None]


def by_trust(leads: Iterable[LeadRead]) -> list[LeadRead]:
    """The same, those that are seen badly first: of a lead that is printed twice, the last is to be believed."""
    return sorted(leads, key=lambda lead: lead.seen >= _WELL_SEEN)


def as_record(leads: Iterable[LeadRead], layout: Layout, name: str, fs_hz: float) -> EcgRecord:
    """All twelve leads over the page's duration, NaN where nothing was found; of one that came twice, as `by_trust`."""
    mv = np.full((len(LEADS), sample_count(layout.duration_s, fs_hz)), np.nan)
    for lead in by_trust(leads):
        mv[LEADS.index(lead.lead), lead.samples] = lead.mv
    return EcgRecord(name, fs_hz, LEADS, mv)


def read_lead(row: Column, layout: Layout, axis: TimeAxis, cell: Cell, fs_hz: float) -> LeadRead | None:
    """What one stretch of a strip shows, as far as the picture goes; None if hardly anything is believed."""
    count = cell.samples.stop - cell.samples.start
    along, above = axis.turned_back(row, layout.zero_mm[cell.row])
    mm = along - axis.stretch * (cell.start_mm - layout.t0_mm)
    t = mm / (layout.speed_mm_s * axis.stretch) + cell.start_s - cell.samples.start / fs_hz  # from its first sample
    within = (t >= 0.0) & (t <= (count - 1) / fs_hz)
    first, last = 0, count - 1
    if row.beyond is not None and (gone := t[within & row.beyond]).size:
        within &= ~row.beyond
        if not within.any():
            return None
        low, high = float(t[within].min()), float(t[within].max())
        first = math.ceil(low * fs_hz) if gone.min() < low else first
        last = math.floor(high * fs_hz) if gone.max() > high else last
    sure = within & (row.confidence >= _LEAST) & (row.doubt_mm2 <= _DOUBT_MM2)
    believed = np.flatnonzero(sure & (np.convolve(sure, np.ones(_AROUND), "same") >= _TOGETHER))
    apart = _NEAREST / (layout.speed_mm_s * X_PX_MM)
    believed = believed[np.diff(np.maximum.accumulate(t[believed]), prepend=-np.inf) > apart]
    if len(believed) < _FEWEST or last - first + 1 < _FEWEST_SAMPLES:
        return None
    wanted = np.arange(first, last + 1) / fs_hz
    shown = np.clip(wanted, t[believed][0], t[believed][-1])
    gain = layout.gain_of(cell.lead) * (-1.0 if cell.inverted else 1.0)
    mv = Akima1DInterpolator(t[believed], above[believed] / gain, method="akima")(shown)
    samples = slice(cell.samples.start + first, cell.samples.start + last + 1)
    inked = within & (t < count / fs_hz - layout.clear_mm / layout.speed_mm_s)
    inked = inked if inked.any() else within
    seen, doubt = float(row.confidence[inked].mean()), float(row.doubt_mm2[inked].mean())
    variance = np.interp(wanted, *_variance_mm2(row, t, within)) / gain**2
    mv = np.asarray(mv, dtype=np.float64)
    return LeadRead(cell.lead, samples, mv, abs(gain), seen, doubt, variance, cell.row)


def _variance_mm2(
    row: Column, t: NDArray[np.float64], within: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Times of a lead's columns, rising, and the variance of its height there; large where none is believed."""
    variance = row.doubt_mm2 / np.maximum(row.confidence, _LEAST_SHARE)
    variance = np.where(row.confidence < _LEAST, np.maximum(variance, _DOUBT_MM2), variance)
    order = np.argsort(t[within], kind="stable")
    return t[within][order], variance[within][order]
