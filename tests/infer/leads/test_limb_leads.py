"""Promises of limb leads that correct each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from infer.leads.lead import LeadRead
from infer.leads.limb_leads import agree
from synth.heart import heart_record
from synth.record import LEADS

MV = heart_record(2, 5).mv
WHOLE = slice(0, MV.shape[1])


def lead(name: str, at: slice = WHOLE, off: np.ndarray | float = 0.0) -> LeadRead:
    return LeadRead(name, at, MV[LEADS.index(name), at] + off, 10.0, 1.0, 0.0)


def off(found: LeadRead) -> np.ndarray:
    """How far a lead is off, less its zero line."""
    error = found.mv - MV[LEADS.index(found.lead), found.samples]
    return np.asarray(error - np.median(error))


def test_leads_that_agree_stay_as_they_are() -> None:
    for found in agree([lead(name, off=0.1 * k) for k, name in enumerate(LEADS)]):
        assert np.abs(off(found)).max() < 1e-6


@pytest.mark.parametrize("names", [("I", "II", "III"), ("aVR", "aVL", "aVF"), LEADS[:6], ("I", "aVF", "II", "II")])
def test_noise_of_leads_read_together_falls(names: tuple[str, ...]) -> None:
    rng = np.random.default_rng(0)
    seen = [lead(name, off=rng.normal(0.0, 0.03, WHOLE.stop)) for name in names]
    before, after = (np.mean([off(x).var() for x in leads]) for leads in (seen, agree(seen)))
    assert after < 0.75 * before  # two of three degrees of freedom are left, or fewer


def test_a_stretch_that_one_lead_lost_comes_from_the_others() -> None:
    lost = np.zeros(WHOLE.stop)
    lost[1000:1200] = 1.5
    seen = [lead("I"), lead("II", off=lost), lead("III"), lead("aVF")]
    found = agree(seen)[1]
    assert np.abs(off(found)[1000:1200]).max() < 0.15
    assert np.abs(off(found)[:900]).max() < 1e-3


def test_a_stretch_that_three_leads_lost_comes_from_those_that_know_it() -> None:
    """Alike in most leads, so that only what the network says of it tells which are right."""
    lost = np.zeros(WHOLE.stop)
    lost[1000:1200] = 0.4
    doubt = np.where(lost > 0.0, 0.3**2, 0.01**2)
    doubted = [replace(lead(name, off=lost), variance_mv2=doubt) for name in ("III", "aVL", "aVF")]
    known = [replace(lead(name), variance_mv2=np.full(WHOLE.stop, 0.01**2)) for name in ("I", "II")]
    for found in agree([*known, *doubted]):
        assert np.abs(off(found)[1000:1200]).max() < 0.05


def test_each_lead_keeps_its_own_zero_line() -> None:
    found = agree([lead("I", off=0.2), lead("II", off=-0.3), lead("III", off=0.1)])
    medians = [float(np.median(x.mv - MV[LEADS.index(x.lead)])) for x in found]
    assert medians == pytest.approx([0.2, -0.3, 0.1], abs=1e-6)


def test_only_samples_that_are_shown_together_correct_each_other() -> None:
    rng = np.random.default_rng(1)
    rhythm = lead("II", off=rng.normal(0.0, 0.03, WHOLE.stop))
    found = agree([lead("I", slice(0, 1250)), lead("III", slice(0, 1250)), rhythm])[-1]
    assert off(found)[:1250].std() < 0.8 * off(rhythm)[:1250].std()
    assert np.array_equal(found.mv[1250:], rhythm.mv[1250:])


def test_chest_leads_and_single_limb_leads_are_left_alone() -> None:
    seen = [lead(name, off=0.1) for name in ("I", "V1", "II", "V6")]
    assert all(np.array_equal(a.mv, b.mv) for a, b in zip(agree(seen), seen, strict=True))
