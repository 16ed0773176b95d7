"""Promises of the recorder: what happens to a signal is printed and labelled alike."""

from __future__ import annotations

import numpy as np
import pytest

from synth.generate import generate
from synth.heart import heart_record
from synth.measure import find_beats
from synth.recipe import Recipe
from synth.recorder import Recorder, record_as_received

_RECORD = heart_record(3, 1)


def _received(recorder: Recorder, seed: int = 1) -> np.ndarray:
    return record_as_received(_RECORD, recorder, np.random.default_rng(seed)).mv


def test_a_recorder_without_faults_passes_the_very_record_on() -> None:
    assert record_as_received(_RECORD, Recorder(), np.random.default_rng(1)) is _RECORD


def test_saturation_cuts_at_a_level_and_leaves_the_rest() -> None:
    mv = _received(Recorder(saturated=1.0, saturation_mv=(0.3, 0.3)))
    np.testing.assert_array_equal(mv, np.clip(_RECORD.mv, -0.3, 0.3))


def test_a_lost_electrode_makes_its_leads_flat_and_no_others() -> None:
    flat = set()
    for seed in range(40):
        mv = _received(Recorder(lead_off=1.0), seed)
        changed = frozenset(np.array(_RECORD.leads)[(mv != _RECORD.mv).any(axis=1)].tolist())
        flat.add(changed)
        for lead in changed:
            k = _RECORD.leads.index(lead)
            start = int(np.flatnonzero(mv[k] != _RECORD.mv[k])[0])
            assert (mv[k, start:] == 0.0).all()
    assert flat >= {frozenset(["V1"]), frozenset(["V6"]), frozenset(["I", "II", "aVR", "aVL", "aVF"])}


def test_pacing_spikes_stand_before_the_complexes() -> None:
    mv = _received(Recorder(paced=1.0, spike_mv=(3.0, 3.0)))
    spikes = np.flatnonzero(np.abs(mv - _RECORD.mv).max(axis=0) > 0.1)
    starts = spikes[np.diff(spikes, prepend=-10) > 1]
    beats = find_beats(_RECORD)
    assert abs(len(starts) - len(beats)) <= 1
    ahead = (beats[-len(starts) :] - starts) / _RECORD.fs_hz
    assert ((ahead > 0.02) & (ahead < 0.21)).all()


def test_what_is_received_is_what_is_printed_labelled_and_scored() -> None:
    recorder = Recorder(saturated=1.0, saturation_mv=(0.3, 0.3), amplitude=(2.0, 2.0))
    sample = generate(Recipe(name="r", recorder=recorder, dpi=(60.0, 60.0)), _RECORD, seed=1, index=0)
    found = sample.as_printed().mv
    printed = np.isfinite(found)
    np.testing.assert_allclose(found[printed], np.clip(2.0 * _RECORD.mv, -0.3, 0.3)[printed], atol=1e-12)


@pytest.mark.parametrize("field", ["saturated", "lead_off", "paced"])
def test_a_probability_beyond_one_is_refused(field: str) -> None:
    with pytest.raises(ValueError, match=rf"{field} must be a number within \[0, 1\], got 1.5"):
        Recorder(**{field: 1.5})
