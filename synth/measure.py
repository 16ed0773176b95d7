"""What a cart measures of a record: beats, rate, and the electrical axis of the QRS complex."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from synth.peaks import find_peaks
from synth.record import EcgRecord

_REFRACTORY_S = 0.25
_QRS_S = 0.05  # half of the stretch whose sum gives the axis


def find_beats(record: EcgRecord) -> NDArray[np.intp]:
    """Samples at which QRS complexes are steepest, (n,); none where nothing is recorded.

    Peaks of the slope's energy over all leads, above a third of its 98th percentile, 0.25 s apart.
    """
    if record.mv.size == 0 or record.mv.shape[1] < 2:
        return np.zeros(0, dtype=np.intp)
    width = max(1, round(0.06 * record.fs_hz))
    energy = (np.gradient(np.nan_to_num(record.mv), axis=1) ** 2).sum(axis=0)
    smooth = np.convolve(energy, np.ones(width) / width, mode="same")
    level = float(np.percentile(smooth, 98))
    if level <= 0.0:
        return np.zeros(0, dtype=np.intp)
    peaks = find_peaks(smooth, height=level / 3.0, distance=max(1, round(_REFRACTORY_S * record.fs_hz)))
    return np.asarray(peaks, dtype=np.intp)


def heart_rate_bpm(record: EcgRecord, beats: NDArray[np.intp]) -> int | None:
    """Beats per minute from the mean distance of beats; None with fewer than two."""
    if len(beats) < 2:
        return None
    return round(60.0 * record.fs_hz * (len(beats) - 1) / float(beats[-1] - beats[0]))


def qrs_axis_deg(record: EcgRecord, beats: NDArray[np.intp]) -> int | None:
    """Frontal axis from the net areas of QRS in I and aVF: atan2(2/sqrt(3) aVF, I); None where a lead lacks."""
    one, foot = record.lead("I"), record.lead("aVF")
    if one is None or foot is None or not len(beats):
        return None
    half = max(1, round(_QRS_S * record.fs_hz))
    areas = [
        sum(float(np.nansum(lead[max(0, b - half) : b + half] - np.nanmedian(lead))) for b in beats.tolist())
        for lead in (np.nan_to_num(one), np.nan_to_num(foot))
    ]
    return round(float(np.rad2deg(np.arctan2(2.0 / np.sqrt(3.0) * areas[1], areas[0]))))
