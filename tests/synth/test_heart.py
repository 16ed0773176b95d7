"""Promises of the embedded heart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from synth.heart import PATTERNS, Heart, Pattern, draw_heart, heart_record, simulate
from synth.heart_noise import Noise
from synth.heart_rhythm import draw_beats
from synth.record import LEADS, EcgRecord

_SILENT = Noise(0.0, 0.0, 0.0, 50.0, 0.0, 1e-6)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed))


def _lead(record: EcgRecord, name: str) -> NDArray[np.float64]:
    signal = record.lead(name)
    assert signal is not None
    return signal


def _relative_spread(heart: Heart, seed: int) -> float:
    times = [beat.time_s for beat in draw_beats(heart.rhythm, _rng(seed), 60.0)]
    rr = np.diff(times)
    return float(np.std(rr) / np.mean(rr))


@pytest.mark.parametrize("index", range(12))
def test_limb_leads_obey_einthoven_and_goldberger_exactly(index: int) -> None:
    record = heart_record(index, 3)
    one, two = _lead(record, "I"), _lead(record, "II")
    assert record.leads == LEADS
    np.testing.assert_array_equal(_lead(record, "III"), two - one)
    np.testing.assert_array_equal(_lead(record, "aVR"), -(one + two) / 2)
    np.testing.assert_array_equal(_lead(record, "aVL"), one - two / 2)
    np.testing.assert_array_equal(_lead(record, "aVF"), two - one / 2)


def test_a_record_depends_on_its_index_and_seed_alone() -> None:
    first = heart_record(5, 11)
    heart_record(4, 11)
    np.testing.assert_array_equal(heart_record(5, 11).mv, first.mv)
    assert first.name == "heart00005"
    assert not np.array_equal(heart_record(6, 11).mv, first.mv)
    assert not np.array_equal(heart_record(5, 12).mv, first.mv)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_pattern_gives_signals_of_plausible_height(pattern: Pattern) -> None:
    for seed in range(8):
        mv = simulate(draw_heart(_rng(seed), pattern=pattern), _rng(seed + 100)).mv
        peak = np.abs(mv - np.median(mv, axis=1, keepdims=True)).max()
        assert mv.shape == (12, 5000)
        assert np.isfinite(mv).all()
        assert 0.1 < peak < 5.0


@pytest.mark.parametrize(
    ("fs_hz", "duration_s", "samples"), [(100.0, 10.0, 1000), (1000.0, 2.5, 2500), (257.3, 7.7, 1981)]
)
def test_rate_and_length_are_honoured(fs_hz: float, duration_s: float, samples: int) -> None:
    record = heart_record(0, 1, fs_hz=fs_hz, duration_s=duration_s)
    assert (record.fs_hz, record.mv.shape) == (fs_hz, (12, samples))


@pytest.mark.parametrize(("fs_hz", "duration_s"), [(0.0, 10.0), (-500.0, 10.0), (500.0, 0.0)])
def test_an_empty_recording_is_refused(fs_hz: float, duration_s: float) -> None:
    with pytest.raises(ValueError, match="no recording"):
        heart_record(0, 1, fs_hz=fs_hz, duration_s=duration_s)


def test_waves_are_the_same_at_any_sampling_rate() -> None:
    heart = replace(draw_heart(_rng(2), pattern="rbbb"), noise=_SILENT)
    fine = simulate(heart, _rng(9), fs_hz=1000.0).mv
    coarse = simulate(heart, _rng(9), fs_hz=250.0).mv
    np.testing.assert_allclose(fine[:, ::4], coarse, atol=2e-3)


@pytest.mark.parametrize("rate_bpm", [35.0, 71.0, 120.0, 180.0])
def test_the_heart_keeps_its_rate(rate_bpm: float) -> None:
    heart = draw_heart(_rng(1), pattern="sinus")
    beats = draw_beats(replace(heart.rhythm, rate_bpm=rate_bpm), _rng(4), 120.0)
    times = [beat.time_s for beat in beats]
    assert 60.0 / np.mean(np.diff(times)) == pytest.approx(rate_bpm, rel=0.02)


def test_fibrillation_is_irregular_and_without_p_where_sinus_is_regular() -> None:
    for seed in range(20):
        fibrillating = draw_heart(_rng(seed), pattern="fibrillation")
        assert _relative_spread(fibrillating, seed) > 0.08
        assert not fibrillating.p.dipole_mv.any()
        assert _relative_spread(draw_heart(_rng(seed), pattern="sinus"), seed) < 0.11


def test_a_ventricular_ectopic_beat_comes_early_and_is_followed_by_a_compensatory_pause() -> None:
    rhythm = draw_heart(_rng(3), pattern="pvc").rhythm
    rhythm = replace(rhythm, atria="sinus", pvc_share=0.3, sinus_arrhythmia=0.0, drift=0.0, rate_bpm=60.0)
    beats = draw_beats(rhythm, _rng(5), 120.0)
    around = [(a, b, c) for a, b, c in zip(beats, beats[1:], beats[2:], strict=False) if b.kind == "pvc"]
    assert len(around) > 10
    for before, ectopic, after in around:
        assert ectopic.time_s - before.time_s < 0.8
        assert after.time_s - before.time_s == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("pattern", ["lbbb", "paced"])
def test_a_late_left_ventricle_makes_v1_to_v3_net_negative_always(pattern: Pattern) -> None:
    for seed in range(400):
        heart = draw_heart(_rng(seed), pattern=pattern)
        t_s = np.arange(-0.12, 0.16, 0.001)
        qrs = heart.field[2:5] @ heart.qrs.dipole_at(t_s)
        assert (qrs.sum(axis=1) < 0).all()
        assert (qrs.max(axis=1) < 0.5 * -qrs.min(axis=1)).all()


def test_right_bundle_branch_block_ends_upright_in_v1_and_down_in_v6() -> None:
    for seed in range(50):
        heart = draw_heart(_rng(seed), pattern="rbbb")
        late = heart.qrs.dipole_at(heart.qrs.at_s[-1:])[:, 0]
        assert heart.field[2] @ late > 0
        assert heart.field[7] @ late < 0


@pytest.mark.parametrize("fs_hz", [100.0, 500.0, 1000.0])
def test_a_pacemaker_leaves_one_spike_before_each_beat(fs_hz: float) -> None:
    heart = replace(draw_heart(_rng(8), pattern="paced"), noise=_SILENT, spike_mv=(1.0, 1.5, 0.5))
    with_spikes = simulate(heart, _rng(2), fs_hz=fs_hz)
    without = simulate(replace(heart, spike_mv=(0.0, 0.0, 0.0)), _rng(2), fs_hz=fs_hz)
    spikes = _lead(with_spikes, "II") - _lead(without, "II")
    expected = 10.0 * heart.rhythm.rate_bpm / 60.0
    height = float(heart.field[1] @ np.array(heart.spike_mv))
    assert spikes.sum() / fs_hz == pytest.approx(0.002 * height * expected, rel=0.2)  # 2 ms wide at any rate
    assert np.count_nonzero(np.abs(spikes) > 1e-3) <= (0.002 * fs_hz + 1.0) * (expected + 1.0)


def test_about_half_of_all_hearts_are_in_plain_sinus_rhythm_and_every_pattern_occurs() -> None:
    drawn = [draw_heart(_rng(seed)).pattern for seed in range(600)]
    assert set(drawn) == set(PATTERNS)
    assert 0.48 < drawn.count("sinus") / len(drawn) < 0.62
