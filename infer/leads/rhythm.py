"""Rhythm: which leads the rhythm strips show, by their beats: a strip repeats its short lead.

Devices let their users choose the leads of rhythm strips, so that a page of a known format may have others than usual.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from infer.leads.lead import LeadRead, read_lead
from infer.rows.time_axis import TimeAxis
from infer.rows.trace import Column
from synth.layout import Layout
from synth.page import lay_cells

_ALIKE_DB, _MORE_DB = 6.0, 3.0  # so alike a strip must be to a lead; by so much more than to the usual one
_LAG_S = 0.12  # rows of a page may be off against each other by so much
_SHORT_S = 0.8


def rhythm_as_seen(rows: Sequence[Column], layout: Layout, axis: TimeAxis, fs_hz: float) -> Layout:
    """The same format with the leads of its rhythm strips as their beats have them, where they clearly are others.

    Args:
        rows: The strips.
        layout: The format.
        axis: Where time lies in them.
        fs_hz: Rate at which beats are compared.
    """
    leads = [(cell.row, read_lead(rows[cell.row], layout, axis, cell, fs_hz)) for cell in lay_cells(layout, fs_hz)]
    short = [lead for row, lead in leads if row < len(layout.rows) and lead is not None]
    names = [lead.lead for lead in short]
    strips = {row - len(layout.rows): lead for row, lead in leads if row >= len(layout.rows) and lead is not None}
    asked = [k for k, strip in strips.items() if strip.lead in names]  # one that is printed nowhere else is not doubted
    if not asked:
        return layout
    alike = np.array([[_alike_db(strips[k], lead, fs_hz) for lead in short] for k in asked])
    usual = np.array([[name == layout.rhythm[k] for name in names] for k in asked])
    rhythm = list(layout.rhythm)
    for row, column in zip(*linear_sum_assignment(-(np.maximum(alike, 0.0) + _MORE_DB * usual)), strict=True):
        if alike[row, column] > _ALIKE_DB:
            rhythm[asked[row]] = names[column]
    return msgspec.structs.replace(layout, rhythm=tuple(rhythm))


def _alike_db(strip: LeadRead, lead: LeadRead, fs_hz: float) -> float:
    """Ratio of a strip to what it differs from a lead by at the same time, dB; none where hardly any is shown.

    By magnitudes, not squares: a lead whose tall waves are cut off or lost among others' still is that lead. Of the
    strip as a whole: noise alone lies between it and a lead that it repeats, however low that is, and more than noise
    between it and a higher one that resembles it.
    """
    lag = round(_LAG_S * fs_hz)
    first = max(lead.samples.start, strip.samples.start + lag)
    last = min(lead.samples.stop, strip.samples.stop - lag)
    if last - first < _SHORT_S * fs_hz:
        return -np.inf
    true = _level(lead.mv[first - lead.samples.start : last - lead.samples.start])
    start = first - strip.samples.start
    errors = [
        float(np.abs(_level(strip.mv[start + k : start + k + len(true)]) - true).mean())
        for k in range(-lag, lag + 1, 2)
    ]
    return 20.0 * float(np.log10(max(float(np.abs(_level(strip.mv)).mean()), 1e-9) / max(min(errors), 1e-9)))


def _level(mv: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(mv - np.median(mv))
