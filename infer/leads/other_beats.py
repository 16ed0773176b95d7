"""Step 7 of a reading: hearts repeat themselves. What is hardly seen of a beat is read where other beats show it.

Under the bars between leads, the feet of pulses, names, stains and creases the network says how little it knows: the
variance of each sample. Every other beat of the same lead, laid over that beat, says what may stand there, and how much
it is worth by how well the two agree around. Both are weighed. What is clearly seen stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import uniform_filter1d

from infer.format.consistency import beats_s
from infer.leads.lead import LeadRead

_CLEAR_MV, _DOUBTFUL_MV = 0.03, 0.06  # standard deviations up to which a sample is not doubted, and from which it is
_EXACT_MV, _COUNTS = 0.02, 0.6  # error of samples that are seen best, and how much of the variance that is said is true
_REACH_S = 0.45  # of a beat, to either side
_AROUND_S = 0.1  # to either side of a sample, what must agree
_LAGS_S, _LAG_S, _USUAL_S = 0.012, 0.001, 0.002  # beats are laid over one another to within these; how far they are off
_WANDERS_MV = 1.0  # by so much a beat may lie higher or lower than in the whole
_CORRELATED = 4.0  # neighbouring samples err alike: so many count as one
_ALIKE_MV = 0.04  # beats that differ by less fit alike: noise must not choose among lags
_VARIES = 0.05  # of the height of a beat, by which beats differ at least
_FEWEST = 10  # samples of a beat that are compared

Signal = NDArray[np.float64]


def by_other_beats(leads: Sequence[LeadRead], fs_hz: float) -> list[LeadRead]:
    """The leads, their doubtful samples as sure as their other beats make them.

    Leads without a doubtful sample, or with a single beat, stay as they are.

    Args:
        leads: All that a page shows, those that it shows twice as well: beats are found in all of them together.
        fs_hz: Their sampling rate.
    """
    beats = beats_s([(lead.samples, lead.mv) for lead in leads], fs_hz) if leads else np.zeros(0)
    return [_filled(lead, beats - lead.samples.start / fs_hz, fs_hz) for lead in leads]


def doubtful(lead: LeadRead) -> NDArray[np.bool_]:
    """Which samples of a lead are hardly seen, (n,)."""
    if lead.variance_mv2 is None:
        return np.zeros(len(lead.mv), dtype=np.bool_)
    return lead.variance_mv2 > _CLEAR_MV**2


class _Wave(NamedTuple):
    """A lead, `fine` times as finely sampled as it was read, mV, and its variance there, mV^2."""

    mv: Signal
    variance: Signal
    fine: int


def _filled(lead: LeadRead, beats: Signal, fs_hz: float) -> LeadRead:
    """One lead; `beats` in s from its first sample."""
    if lead.variance_mv2 is None or len(beats) < 2 or len(lead.mv) < _FEWEST:
        return lead
    n, doubted = np.arange(len(lead.mv)), doubtful(lead)
    doubt = np.clip((np.sqrt(lead.variance_mv2) - _CLEAR_MV) / (_DOUBTFUL_MV - _CLEAR_MV), 0.0, 1.0)
    away = np.abs(n[:, None] / fs_hz - beats)
    nearest = away.argmin(axis=1)
    within = away.min(axis=1) <= _REACH_S
    wave, mv = _wave(lead.mv, _COUNTS * lead.variance_mv2 + _EXACT_MV**2, fs_hz), lead.mv.copy()
    for beat in np.unique(nearest[doubted & within]):
        own = n[(nearest == beat) & within]
        later = np.delete(beats, beat) - beats[beat]
        shown = [seen for s in later if (seen := _as_shown_later(wave, own, float(s), fs_hz)) is not None]
        if len(own) < _FEWEST or not shown:
            continue
        usual, variance = _together(shown, float(np.median(lead.mv[own])))
        seen, said = 1.0 / wave.variance[own * wave.fine], 1.0 / variance
        mv[own] += doubt[own] * said / (seen + said) * (usual - lead.mv[own])
    return replace(lead, mv=mv)


def _wave(mv: Signal, variance: Signal, fs_hz: float) -> _Wave:
    fine = max(1, round(1.0 / (_LAG_S * fs_hz)))
    n = np.arange(len(mv))
    finely = np.arange(fine * (len(mv) - 1) + 1) / fine
    return _Wave(CubicSpline(n, mv)(finely), np.interp(finely, n, variance), fine)


def _as_shown_later(wave: _Wave, own: NDArray[np.intp], s: float, fs_hz: float) -> tuple[Signal, Signal] | None:
    """What the beat `s` later says of samples `own` of this one, mV, and its variance; infinite where it is not shown.

    Both lie as high where they are compared: around each sample, or over the whole beat where nothing is seen there.
    How far they lie apart in time is told by how well they agree, and as surely.
    """
    step, reach = max(1, round(_LAG_S * fs_hz * wave.fine)), round(_LAGS_S / _LAG_S)
    lags = step * np.arange(-reach, reach + 1)
    at = own * wave.fine + round(s * fs_hz * wave.fine) + lags[:, None]
    there = ((at >= 0) & (at < len(wave.mv))).all(axis=0)
    if there.sum() < _FEWEST:
        return None
    at = np.clip(at, 0, len(wave.mv) - 1)
    weight = there / (wave.variance[own * wave.fine] + wave.variance[at])
    apart = wave.mv[own * wave.fine] - wave.mv[at]
    size = 2 * round(_AROUND_S * fs_hz) + 1
    around = _sum(weight, size)
    whole = (weight * apart).sum(axis=1, keepdims=True) / weight.sum(axis=1, keepdims=True)
    higher = (_sum(weight * apart, size) + whole / _WANDERS_MV**2) / (around + 1.0 / _WANDERS_MV**2)
    error = weight * (apart - higher) ** 2
    off = error.sum(axis=1) / weight.sum(axis=1)
    count = weight[reach].sum() ** 2 / (weight[reach] ** 2).sum() / _CORRELATED
    likely = -0.5 * count * (off / max(float(off.min()), _ALIKE_MV**2) - 1.0)
    likely -= 0.5 * (lags / (fs_hz * wave.fine * _USUAL_S)) ** 2
    share = np.exp(likely - likely.max())
    share /= share.sum()
    mv = wave.mv[at] + higher
    mean = share @ mv
    variance = share @ ((mv - mean) ** 2 + _sum(error, size) / around + wave.variance[at])
    return mean, np.where(there, variance, np.inf)


def _sum(rows: Signal, size: int) -> Signal:
    """Running mean along rows, never 0: only its ratios mean anything."""
    return np.asarray(uniform_filter1d(rows, size, axis=-1, mode="constant") + 1e-12)


def _together(shown: Sequence[tuple[Signal, Signal]], zero: float) -> tuple[Signal, Signal]:
    """What several beats say together, and its variance, by which beats differ, too."""
    mv, variance = np.array(shown).transpose(1, 0, 2)
    weight = 1.0 / variance
    sure = np.maximum(weight.sum(axis=0), 1e-12)
    usual = (weight * mv).sum(axis=0) / sure
    differ = (weight * (mv - usual) ** 2).sum(axis=0) / sure
    return usual, np.asarray(1.0 / sure + differ + (_VARIES * (usual - zero)) ** 2)
