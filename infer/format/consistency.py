"""Consistency: what leads of one heart say of one another, whatever the page looks like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from synth.layout import Layout
from synth.page import lay_cells
from synth.peaks import find_peaks
from synth.record import EcgRecord

#: Limb leads that agree worse than that contradict one another, dB.
DISAGREE_DB = 6.0

#: By so much better they must agree if the page is read otherwise, for that to be believed, dB.
MORE_DB = 6.0

#: Decibels that are said at most, and where leads are not shown at the same time.
_MOST_DB = 40.0

_TOGETHER_S = 0.012  # beats of columns at the same time differ by less, in the median
_BEATS = 3
_IRREGULAR_S = 0.03


def einthoven_db(record: EcgRecord) -> float | None:
    """How well III = II - I holds, as a signal-to-noise ratio; None where they are not shown at the same time."""
    one, two, three = (record.lead(name) for name in ("I", "II", "III"))
    if one is None or two is None or three is None:
        return None
    together = np.isfinite(one) & np.isfinite(two) & np.isfinite(three)
    if together.sum() < record.fs_hz:
        return None
    said, found = (two - one)[together], three[together]
    said, found = said - np.median(said), found - np.median(found)
    power = float((one[together].var() + two[together].var() + three[together].var()) * together.sum() / 3.0)
    error = float(((said - found) ** 2).sum())
    return min(_MOST_DB, 10.0 * float(np.log10(max(power, 1e-9) / max(error, 1e-9))))


def beats_together(record: EcgRecord, layout: Layout, *, regular: bool = True) -> bool:
    """Whether the beats of all columns stand at the same places, as in columns that show the same time.

    Args:
        record: Read as if columns were one after the other.
        layout: That format.
        regular: Whether beats as regular as a clock say so, too: one time in twenty, theirs stand at the same places in
            columns one after the other.
    """
    columns: dict[int, NDArray[np.float64]] = {}
    for cell in lay_cells(layout, record.fs_hz):
        lead = record.lead(cell.lead)
        if lead is None or cell.rhythm or layout.columns == "simultaneous":
            continue
        change = np.abs(np.gradient(np.nan_to_num(lead[cell.samples])))
        column = round(cell.start_s / layout.column_s)
        length = min(len(change), len(columns.get(column, change)))
        columns[column] = columns.get(column, np.zeros_like(change))[:length] + change[:length]
    beats = [_beats(activity, record.fs_hz) for activity in columns.values()]
    if len(beats) < 2 or min(map(len, beats)) < _BEATS:
        return False
    first = beats[0]
    if not regular and float(np.std(np.diff(first))) < _IRREGULAR_S:
        return False
    off = [np.abs(first[:, None] - other).min(axis=0) for other in beats[1:]]
    return all(len(other) == len(first) for other in beats) and float(np.median(np.concatenate(off))) < _TOGETHER_S


def beats_s(shown: Sequence[tuple[slice, NDArray[np.float64]]], fs_hz: float) -> NDArray[np.float64]:
    """Times of a page's beats: where the leads that it shows, as (samples, mV), move most, in all of them together.

    Args:
        shown: At least one.
        fs_hz: Their sampling rate.
    """
    activity, count = np.zeros((2, max(samples.stop for samples, _ in shown)))
    for samples, mv in shown:
        change = np.abs(np.gradient(mv))
        activity[samples] += change / max(float(np.percentile(change, 98.0)), 1e-9)
        count[samples] += 1.0
    return _beats(activity / np.maximum(count, 1.0), fs_hz)


def _beats(activity: NDArray[np.float64], fs_hz: float) -> NDArray[np.float64]:
    """Times of the steepest strokes, s."""
    smooth = gaussian_filter1d(activity, 0.02 * fs_hz)
    peaks = find_peaks(smooth, height=0.4 * float(smooth.max(initial=0.0)), distance=max(1, round(0.25 * fs_hz)))
    return np.asarray(peaks / fs_hz, dtype=np.float64)
