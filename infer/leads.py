"""Step 6 of a reading: which stretch of which strip is which lead, and its samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import Akima1DInterpolator

from infer.time_axis import TimeAxis
from infer.trace import Column
from synth.layout import Layout
from synth.page import Cell, lay_cells
from synth.record import LEADS, EcgRecord, sample_count

_LEAST = 0.15  # confidence under which a column is not believed but interpolated
_DOUBT_MM2 = 9.0  # so is one whose height has a larger variance


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
    """

    lead: str
    samples: slice
    mv: NDArray[np.float64]
    gain_mm_mv: float
    seen: float
    doubt_mm2: float


def read_leads(rows: list[Column], layout: Layout, axis: TimeAxis, fs_hz: float) -> list[LeadRead]:
    """Every lead that is found, in the layout's order: one that is printed twice comes twice, its rhythm strip last.

    Columns that the network does not believe are interpolated; a lead without any stays out.
    """
    reads = (read_lead(rows[cell.row], layout, axis, cell, fs_hz) for cell in lay_cells(layout, fs_hz))
    return [read for read in reads if read is not None]


def as_record(leads: Iterable[LeadRead], layout: Layout, name: str, fs_hz: float) -> EcgRecord:
    """All twelve leads over the page's duration, NaN where nothing was found; of a lead that came twice, the last."""
    mv = np.full((len(LEADS), sample_count(layout.duration_s, fs_hz)), np.nan)
    for lead in leads:
        mv[LEADS.index(lead.lead), lead.samples] = lead.mv
    return EcgRecord(name, fs_hz, LEADS, mv)


def read_lead(row: Column, layout: Layout, axis: TimeAxis, cell: Cell, fs_hz: float) -> LeadRead | None:
    """What one stretch of a strip shows; None if hardly anything is believed."""
    count = cell.samples.stop - cell.samples.start
    along, above = axis.turned_back(row, layout.zero_mm[cell.row])
    mm = along - axis.stretch * (cell.start_mm - layout.t0_mm)
    t = mm / (layout.speed_mm_s * axis.stretch) + cell.start_s - cell.samples.start / fs_hz  # from its first sample
    within = (t >= 0.0) & (t <= (count - 1) / fs_hz)
    believed = np.flatnonzero(within & (row.confidence >= _LEAST) & (row.doubt_mm2 <= _DOUBT_MM2))
    if len(believed) < 8:
        return None
    believed = believed[np.concatenate([[True], np.diff(np.maximum.accumulate(t[believed])) > 1e-9])]
    wanted = np.clip(np.arange(count) / fs_hz, t[believed][0], t[believed][-1])
    gain = layout.gain_of(cell.lead) * (-1.0 if cell.inverted else 1.0)
    mv = Akima1DInterpolator(t[believed], above[believed] / gain, method="akima")(wanted)
    seen, doubt = float(row.confidence[within].mean()), float(row.doubt_mm2[within].mean())
    return LeadRead(cell.lead, cell.samples, np.asarray(mv, dtype=np.float64), abs(gain), seen, doubt)
