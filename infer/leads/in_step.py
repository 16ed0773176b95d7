"""Step 8 of a reading: a heart beats in all leads at once, so rows of the page must have its beats at the same times.

Paper that was bent stretches rows differently, by less than its grid tells. How far each beat of each lead lies from
where its other beats have it is measured in the trace itself; the time that all rows agree on is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from infer.format.consistency import beats_s
from infer.leads.lead import LeadRead

_HALF_S = 0.07  # of a beat, what is compared: its QRS complex
_MOST_S = 0.02  # that a beat may lie off
_ALIKE = 0.9  # correlation with the lead's other beats from which one is compared with them
_ROUNDS = 8
_LEAST_ROWS = 3  # that must show a beat to tell which of them errs
_LEAST_LAGS = 6
_EXACT_S = 0.0003  # how exactly a beat is measured at best
_CORRELATED = 4.0  # neighbouring samples err alike: so many count as one
_LEAST_GAIN = 0.3
_OUTLIER = 3.0  # standard deviations from which a lag counts half

Signal = NDArray[np.float64]


def in_step(leads: Sequence[LeadRead], fs_hz: float) -> list[LeadRead]:
    """The leads with their beats at the times that all of them agree on.

    Between beats the correction is linear, before the first and after the last it is theirs. Where rows agree as well
    as beats can be measured, or fewer than three show a beat, nothing moves.

    Args:
        leads: All that a page shows, those that it shows twice as well.
        fs_hz: Their sampling rate.
    """
    beats = beats_s([(lead.samples, lead.mv) for lead in leads], fs_hz)
    lags = [lag for k, lead in enumerate(leads) for lag in _lags(k, lead, beats, fs_hz)]
    if len(lags) < _LEAST_LAGS:
        return list(leads)
    off = _off_s(lags, len(leads), len(beats))
    moved = []
    for k, lead in enumerate(leads):
        own = [(beats[lag.beat], x) for lag, x in zip(lags, off, strict=True) if lag.lead == k]
        moved.append(_warped(lead, np.array(own), fs_hz) if own else lead)
    return moved


class _Lag(NamedTuple):
    """How much later than it lies among its lead's other beats a beat is seen, and the variance of that, s^2."""

    lead: int
    beat: int
    s: float
    variance: float


def _lags(k: int, lead: LeadRead, beats: Signal, fs_hz: float) -> Iterator[_Lag]:
    """Of each whole beat of a lead, by Gauss-Newton steps towards the median of all of them."""
    t = (lead.samples.start + np.arange(len(lead.mv))) / fs_hz
    reach = _HALF_S + _MOST_S
    whole = np.flatnonzero((beats >= t[0] + reach) & (beats <= t[-1] - reach))
    if len(whole) < 2:
        return
    wave, around = CubicSpline(t, lead.mv), np.arange(-_HALF_S, _HALF_S, 1.0 / fs_hz)
    late, alike = np.zeros(len(whole)), np.ones(len(whole), dtype=bool)
    variance = np.zeros(len(whole))
    for _ in range(_ROUNDS):
        seen = _centred(wave(beats[whole][:, None] + around + late[:, None]))
        usual = _centred(np.median(seen[alike], axis=0))
        slope = _centred(np.gradient(usual, 1.0 / fs_hz))
        design = np.stack([usual, slope], axis=1)
        fit = np.linalg.lstsq(design, seen.T, rcond=None)[0]
        variance = (seen.T - design @ fit).var(axis=0) * _CORRELATED / max(float(slope @ slope), 1e-12)
        late = np.clip(late - fit[1] / np.maximum(fit[0], _LEAST_GAIN), -_MOST_S, _MOST_S)
        alike = _correlation(seen, usual) > _ALIKE
        if alike.sum() < 2:
            return
        late -= np.median(late[alike])
    for i in np.flatnonzero(alike & (np.abs(late) < 0.99 * _MOST_S)):
        yield _Lag(k, int(whole[i]), float(late[i]), float(variance[i]))


def _off_s(lags: Sequence[_Lag], leads: int, beats: int) -> Signal:
    """How much later each beat is seen than all leads agree on, s, as far as that is surely more than noise.

    Every lead may lie anywhere as a whole, and every beat; what is left is the error of single ones, robustly.
    """
    lead, beat = (np.array([lag[i] for lag in lags]) for i in (0, 1))
    late, noise = np.array([lag.s for lag in lags]), np.array([lag.variance for lag in lags]) + _EXACT_S**2
    design = np.concatenate([np.eye(leads)[lead], np.eye(beats)[beat]], axis=1)
    told = np.bincount(beat, minlength=beats)[beat] >= _LEAST_ROWS
    free = max(1.0 - (len(np.unique(lead)) + len(np.unique(beat)) - 1) / len(lags), 0.2)
    weight, off, spread = 1.0 / (noise + float(np.median(noise))), late, 0.0
    for _ in range(_ROUNDS):
        root = np.sqrt(weight)
        off = late - design @ np.linalg.lstsq(root[:, None] * design, root * late, rcond=None)[0]
        scale = 0.9649 * float(np.percentile(np.abs(off[told]), 70.0)) if told.any() else 0.0
        spread = scale**2 / free - float(np.median(noise))
        if spread <= 0.0:
            return np.zeros(len(lags))
        weight = 1.0 / (noise + spread) / (1.0 + off**2 / (_OUTLIER**2 * spread))
    return np.where(told, off * spread / (spread + noise), 0.0)


def _warped(lead: LeadRead, off: Signal, fs_hz: float) -> LeadRead:
    """The lead with each of its beats (n, 2), at s, so many s earlier."""
    t = (lead.samples.start + np.arange(len(lead.mv))) / fs_hz
    late = np.interp(t, off[:, 0], off[:, 1])
    return replace(lead, mv=CubicSpline(t, lead.mv)(np.clip(t + late, t[0], t[-1])))


def _centred(rows: Signal) -> Signal:
    return np.asarray(rows - rows.mean(axis=-1, keepdims=True))


def _correlation(rows: Signal, with_: Signal) -> Signal:
    return np.asarray(rows @ with_ / np.maximum(np.linalg.norm(rows, axis=1) * np.linalg.norm(with_), 1e-12))
