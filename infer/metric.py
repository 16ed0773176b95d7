"""The metric of the Kaggle competition "PhysioNet - Digitization of ECG Images" (2025-26), on plain arrays.

Per lead the reading may be shifted by up to 0.2 s and by any constant; the powers of truth and error are
summed over the leads of a record and divided; the ratios are averaged over records and given in dB.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from synth.errors import UserError
from synth.record import LEADS

Signal = NDArray[np.float64]

#: A record's ratio counts as at most this (25.8433 dB); the competition's choice.
PERFECT_RATIO = 384.0
#: "Uncapped" ratios stop here (120 dB), so that a reading without error is still a number.
LARGEST_RATIO = 1e12
#: What a ratio of 0 is called, and the lowest score there is: the competition's -inf.
WORST_DB = -384.0

_MAX_SHIFT_S = 0.2
_TIE = 1e-9  # correlations this close, relatively, are equal but for rounding


def align(truth: Signal, found: Signal, fs_hz: float) -> Signal:
    """Shift a reading in time and amplitude to where it fits the truth best.

    The time shift is the lag within +-int(0.2 * fs_hz) samples with the largest cross-correlation of the two
    centred signals (of equals the smallest |lag|, then the negative one; a flat reading stays). The vertical
    shift, unlimited, is the mean difference over the samples both have.

    Args:
        truth: Signal in mV, shape (n,); samples that are NaN take part in nothing, one at least is finite.
        found: Reading in mV, shape (n,), finite.
        fs_hz: Sampling rate of both, Hz.

    Returns:
        The shifted reading in mV, shape (n,), NaN where the shift in time left no sample.
    """
    there = np.isfinite(truth)
    lag = _best_lag(
        np.where(there, truth - truth[there].mean(), 0.0),
        np.zeros_like(found) if np.ptp(found) == 0.0 else found - found[there].mean(),
        min(int(_MAX_SHIFT_S * fs_hz), len(truth) - 1),
    )
    moved = np.full(len(found), np.nan)
    moved[max(lag, 0) : len(found) + min(lag, 0)] = found[max(-lag, 0) : len(found) - max(lag, 0)]
    both = there & np.isfinite(moved)
    return moved + (truth[both] - moved[both]).mean() if both.any() else moved


def lead_powers(truth: Signal, found: Signal, fs_hz: float) -> tuple[float, float]:
    """Power of one lead and of its reading's error after `align`, sums of squares in mV^2.

    Samples that the shift vacated count as 0 mV. The truth is not centred. Arguments as for `align`.
    """
    there = np.isfinite(truth)
    aligned = np.nan_to_num(align(truth, found, fs_hz)[there], nan=0.0)
    return float(np.sum(truth[there] ** 2)), float(np.sum((truth[there] - aligned) ** 2))


def record_ratio(powers: Iterable[tuple[float, float]], limit: float = PERFECT_RATIO) -> float:
    """Signal-to-noise ratio of a record from its leads' `lead_powers`: sum over sum, at most `limit`.

    No error at all gives `limit`; a truth that is 0 throughout, read otherwise, gives 0.
    """
    pairs = list(powers)
    signal, noise = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return limit if signal >= limit * noise else signal / noise


def decibels(ratio: float) -> float:
    """10 log10 of a ratio of powers, and `WORST_DB` at the least."""
    return max(10.0 * math.log10(ratio), WORST_DB) if ratio > 0.0 else WORST_DB


def kaggle_score(truth: Mapping[str, float], fs_hz: Mapping[str, int], found: Mapping[str, float]) -> float:
    """Score of a submission in dB, as the competition computes it from its tables of `id,value`.

    Rows are matched by id; those that one side lacks are left out silently, unless a lead is left with none.

    Args:
        truth: id (`{record}_{row}_{lead}`) -> true value in mV.
        fs_hz: Record -> sampling rate in Hz; it must be int(rows of II / 10).
        found: id -> submitted value in mV.

    Raises:
        UserError: On NaN or inf, a lead without any row, or a sampling rate that lead II denies.
    """
    for table, name in ((truth, "solution"), (found, "submission")):
        bad = next((key for key, value in table.items() if not math.isfinite(value)), None)
        if bad is not None:
            raise UserError(f"{name}: {bad} is {table[bad]}; every value must be a finite number")
    records: dict[str, dict[str, list[tuple[int, str]]]] = {}
    for key in truth:
        record, row, lead = key.rsplit("_", 2)
        rows = records.setdefault(record, {}).setdefault(lead, [])
        if key in found:
            rows.append((int(row), key))
    ratios = [_table_ratio(record, leads, truth, found, fs_hz[record]) for record, leads in records.items()]
    return decibels(float(np.mean(ratios)))


def _best_lag(truth: Signal, found: Signal, max_lag: int) -> int:
    correlation = np.correlate(np.pad(truth, max_lag), found, "valid")
    lags = np.arange(-max_lag, max_lag + 1)
    peak = correlation.max()
    best = lags[correlation >= peak - _TIE * abs(peak)]
    return int(best[np.argmin(np.abs(best))])


def _table_ratio(
    record: str,
    leads: Mapping[str, list[tuple[int, str]]],
    truth: Mapping[str, float],
    found: Mapping[str, float],
    fs_hz: int,
) -> float:
    powers = []
    for lead in LEADS:
        keys = [key for _, key in sorted(leads.get(lead, []))]
        if not keys:
            raise UserError(f"record {record}: no row of lead {lead} is in both tables; submit every lead")
        if lead == "II" and fs_hz != int(len(keys) / 10):
            raise UserError(f"record {record}: fs is {fs_hz} but lead II has {len(keys)} rows; give 10 s")
        wave, read = (np.array([table[key] for key in keys]) for table in (truth, found))
        powers.append(lead_powers(wave, read, fs_hz))
    return record_ratio(powers)
