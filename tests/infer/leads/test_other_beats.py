"""Doubtful samples are read by the lead's other beats; what is clearly seen, or unlike them, is left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from infer.leads.lead import LeadRead
from infer.leads.other_beats import by_other_beats
from synth.heart import heart_record
from synth.record import LEADS

RECORD = heart_record(1, 1)
SEEN = 0.01**2  # mV^2


def lead(name: str, at: slice, fs_hz: float = 500.0) -> LeadRead:
    """A lead that is clearly seen."""
    t, whole = np.arange(RECORD.mv.shape[1]) / RECORD.fs_hz, RECORD.mv[LEADS.index(name)]
    mv = CubicSpline(t, whole)(np.arange(at.start, at.stop) / fs_hz)
    return LeadRead(name, at, mv, 10.0, 1.0, 0.0, np.full(len(mv), SEEN))


def beat_at(read: LeadRead, fs_hz: float) -> int:
    """The steepest sample of its middle third."""
    third = len(read.mv) // 3
    return third + int(np.argmax(np.abs(np.gradient(read.mv))[third : 2 * third]))


def spoiled(read: LeadRead, where: slice, mv: NDArray[np.float64] | float, sd_mv: float) -> LeadRead:
    """The lead with other values somewhere, which are doubted."""
    assert read.variance_mv2 is not None
    other, variance = read.mv.copy(), read.variance_mv2.copy()
    other[where], variance[where] = mv, sd_mv**2
    return replace(read, mv=other, variance_mv2=variance)


@pytest.mark.parametrize("fs_hz", [100.0, 360.0, 500.0, 1000.0])
def test_what_is_doubted_is_read_where_other_beats_show_it(fs_hz: float) -> None:
    """A name stands on a stroke of a QRS complex."""
    true = lead("V2", slice(round(2.5 * fs_hz), round(7.5 * fs_hz)), fs_hz)
    around = round(0.02 * fs_hz)
    where = slice(beat_at(true, fs_hz) - around, beat_at(true, fs_hz) + around)
    covered = spoiled(true, where, float(np.median(true.mv)), 0.3)
    column = [lead(name, true.samples, fs_hz) for name in ("V1", "V3", "II")]
    found = by_other_beats([covered, *column], fs_hz)[0]
    before, after = (float(((read.mv - true.mv)[where] ** 2).sum()) for read in (covered, found))
    assert after < 0.3 * before


@pytest.mark.parametrize("end", [slice(0, 10), slice(-10, None)])
def test_so_are_the_ends_of_a_lead_that_bars_cover(end: slice) -> None:
    whole = lead("V3", slice(0, 5000))
    cut = beat_at(whole, 500.0)
    at = slice(cut - 5, cut + 1245) if end.start == 0 else slice(cut - 1245, cut + 5)
    true, others = lead("V3", at), [lead("V1", at), lead("V2", at), lead("II", slice(0, 5000))]
    covered = spoiled(true, end, true.mv[end.stop or end.start - 1], 0.2)
    found = by_other_beats([covered, *others], 500.0)[0]
    before, after = (float(((read.mv - true.mv)[end] ** 2).sum()) for read in (covered, found))
    assert after < 0.3 * before


def test_a_beat_of_which_nothing_is_seen_lies_as_high_as_what_is_seen_before_it() -> None:
    """A dog-ear hides the last 0.3 s."""
    true = lead("V2", slice(0, beat_at(lead("V2", slice(0, 5000)), 500.0) + 75))
    hidden = spoiled(true, slice(-150, None), true.mv[-150], 8.0)
    others = [lead(name, true.samples) for name in ("V1", "V3", "II")]
    found = by_other_beats([hidden, *others], 500.0)[0]
    off = (found.mv - true.mv)[-150:]
    assert abs(off.mean()) < 0.03
    assert off.std() < 0.2 * true.mv[-150:].std()


def test_what_is_clearly_seen_stays_as_it_is() -> None:
    leads = [spoiled(lead(name, slice(0, 5000)), slice(1000, 1040), 0.5, 0.3) for name in ("I", "V4")]
    for read, found in zip(leads, by_other_beats(leads, 500.0), strict=True):
        clear = np.r_[0:1000, 1040:5000]
        assert np.array_equal(found.mv[clear], read.mv[clear])
        assert not np.array_equal(found.mv, read.mv)


def test_a_beat_that_is_unlike_the_others_is_not_made_like_them() -> None:
    """An ectopic beat, wide and upside down, of which a piece is a little doubtful."""
    read = lead("V2", slice(0, 5000))
    at = beat_at(read, 500.0)
    beat = slice(at - 150, at + 200)
    own = -1.5 * np.interp(np.arange(-150, 200) / 2.0, np.arange(-150, 200), read.mv[beat])
    ectopic = spoiled(spoiled(read, beat, own, SEEN**0.5), slice(at - 20, at + 20), own[130:170], 0.06)
    found = by_other_beats([ectopic], 500.0)[0]
    usual = read.mv[at - 20 : at + 20]
    moved = np.abs(found.mv - ectopic.mv)[at - 20 : at + 20]
    assert moved.max() < 0.15 * np.abs(usual - own[130:170]).max()


def test_leads_of_which_nothing_is_doubted_or_said_stay() -> None:
    sure = lead("I", slice(0, 5000))
    unsaid = replace(sure, variance_mv2=None)
    flat = LeadRead("V1", slice(0, 1250), np.zeros(1250), 10.0, 1.0, 0.0, np.full(1250, 0.3))
    for read in (sure, unsaid, flat):
        assert np.array_equal(by_other_beats([read], 500.0)[0].mv, read.mv)
    assert by_other_beats([], 500.0) == []
