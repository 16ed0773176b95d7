"""Step 9 of a reading: rows of a page begin at one time, so limb leads must agree (III = II - I, aVR + aVL + aVF = 0).

Where print lies askew on its grid, or a map errs alike down the page, each row is read later than the one above.
Beats do not tell, since leads have them at times of their own; limb leads do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from infer.leads.lead import LeadRead

_TRIADS = ((("I", 1.0), ("II", -1.0), ("III", 1.0)), (("aVR", 1.0), ("aVL", 1.0), ("aVF", 1.0)))
_LEANS_S = np.linspace(-0.01, 0.01, 41)  # how much later a row may be than the one above, if all are as far apart
_CLEARLY_DB = 3.5  # by so much limb leads agree better: rows that stand straight reach 3.2
_STRAY_MV = 0.3  # samples that err by more count like this
_LEAST_S = 1.0  # that is shown of a triad

Signal = NDArray[np.float64]


def in_line(leads: Sequence[LeadRead], zero_mm: Sequence[float], fs_hz: float) -> list[LeadRead]:
    """The leads, those of lower rows put earlier or later in proportion, if limb leads then agree clearly better.

    Args:
        leads: All that a page shows, those that it shows twice as well.
        zero_mm: Zero lines of the page's rows.
        fs_hz: Their sampling rate.
    """
    apart_mm = float(np.mean(np.abs(np.diff(zero_mm)))) if len(zero_mm) > 1 else 1.0
    apart_mm = apart_mm or 1.0  # rows over one another, as a layout of one's own may have them
    down = [(zero_mm[lead.row] - float(np.mean(zero_mm))) / apart_mm for lead in leads]
    triads = [found for triad in _TRIADS if (found := _shown(leads, down, triad, fs_hz)) is not None]
    if not triads:
        return list(leads)
    misfit = [sum(_misfit(triad, lean_s) for triad in triads) for lean_s in _LEANS_S.tolist()]
    best, straight = int(np.argmin(misfit)), misfit[len(misfit) // 2]
    if straight <= misfit[best] * 10.0 ** (_CLEARLY_DB / 10.0):
        return list(leads)
    return [_later(lead, float(_LEANS_S[best]) * rows, fs_hz) for lead, rows in zip(leads, down, strict=True)]


class _Part(NamedTuple):
    """One lead of three: its sign in their sum, its times, s, mV there, and how many rows it lies below the middle."""

    sign: float
    t: Signal
    wave: CubicSpline
    down: float


def _shown(
    leads: Sequence[LeadRead], down: Sequence[float], triad: Sequence[tuple[str, float]], fs_hz: float
) -> tuple[Signal, list[_Part]] | None:
    """The times, s, at which three leads are shown together, and these; None where they hardly are."""
    parts = []
    for name, sign in triad:
        k = next((k for k, lead in enumerate(leads) if lead.lead == name), None)
        if k is None:
            return None
        t = np.arange(leads[k].samples.start, leads[k].samples.stop) / fs_hz
        parts.append(_Part(sign, t, CubicSpline(t, leads[k].mv), down[k]))
    first, last = max(part.t[0] for part in parts), min(part.t[-1] for part in parts)
    return (np.arange(first, last, 1.0 / fs_hz), parts) if last - first >= _LEAST_S else None


def _misfit(triad: tuple[Signal, list[_Part]], lean_s: float) -> float:
    """Squared error of the sum of three leads, mV^2, if each row is `lean_s` later than the one above."""
    t, parts = triad
    total = sum(part.sign * part.wave(np.clip(t + lean_s * part.down, part.t[0], part.t[-1])) for part in parts)
    off = np.asarray(total - np.median(total))
    return float(np.minimum(off**2, _STRAY_MV**2).sum())


def _later(lead: LeadRead, late_s: float, fs_hz: float) -> LeadRead:
    """A lead that is read `late_s` too late, put right."""
    t = np.arange(len(lead.mv)) / fs_hz
    return replace(lead, mv=CubicSpline(t, lead.mv)(np.clip(t + late_s, 0.0, t[-1])))
