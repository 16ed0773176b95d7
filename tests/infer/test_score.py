"""Promises of the score: the vectors of the field, computed there with the competitions' own programs."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from rich.console import Console

from infer.challenge2024 import challenge_snr
from infer.metric import PERFECT_RATIO, align, decibels, kaggle_score, lead_powers, record_ratio
from infer.report import print_score
from infer.score import Score, score_folders, score_record, total
from synth.errors import UserError
from synth.record import LEADS, EcgRecord, write_record

Signal = NDArray[np.float64]
Signals = dict[str, Signal]

GAIN = dict(zip(LEADS, (1.0, 1.2, 0.5, -1.1, 0.4, 0.8, -0.7, 0.9, 1.3, 1.5, 1.4, 1.1), strict=True))
WAVES = (
    (0.12, 0.16, 0.025),
    (-0.10, 0.27, 0.010),
    (1.0, 0.30, 0.012),
    (-0.22, 0.33, 0.012),
    (0.30, 0.52, 0.045),
)


def beat(t_s: Signal, gain: float) -> Signal:
    """The vectors' signal in mV: five Gaussians every 0.8 s."""
    phase = np.mod(t_s, 0.8)
    waves = np.array([a * np.exp(-0.5 * ((phase - c) / s) ** 2) for a, c, s in WAVES])
    total: Signal = gain * waves.sum(axis=0)
    return total


def page(fs: int = 500) -> Signals:
    """The vectors' truth: II 10 s, the others a quarter of it each, in columns."""
    rows = {lead: 10 * fs if lead == "II" else int(2.5 * fs) for lead in LEADS}
    starts = {lead: 0.0 if lead == "II" else 2.5 * (index // 3) for index, lead in enumerate(LEADS)}
    return {lead: beat(np.arange(rows[lead]) / fs + starts[lead], GAIN[lead]) for lead in LEADS}


def changed(signals: Signals, change: Callable[[Signal, int], Signal]) -> Signals:
    """Every lead changed by `change(signal, lead's index)`."""
    return {lead: change(signal, LEADS.index(lead)) for lead, signal in signals.items()}


def delayed(signal: Signal, samples: int) -> Signal:
    """Later by whole samples, the first value held."""
    return np.concatenate([np.full(samples, signal[0]), signal[:-samples]])


def hum(signal: Signal, index: int) -> Signal:
    """The vectors' noise: 37 Hz at fs = 500."""
    return signal + 0.03 * np.sin(2 * np.pi * 37 * np.arange(len(signal)) / 500 + index)


def table(signals: Signals, record: str = "100") -> dict[str, float]:
    """id -> value, as in the competition's tables."""
    return {f"{record}_{row}_{lead}": float(mv) for lead, x in signals.items() for row, mv in enumerate(x)}


def kaggle(truth: Signals, found: Signals, fs: int = 500) -> float:
    """Score of one record in dB by the competition's tables."""
    return kaggle_score(table(truth), {"100": fs}, table(found))


T = page()
ZEROS = changed(T, lambda x, _: 0.0 * x)
HUM = changed(T, hum)
UP = changed(T, lambda x, _: x + 1.0)
T250, T1025 = page(250), page(1025)
BLURRED = changed(T250, lambda x, _: 0.5 * (x + np.concatenate([x[:1], x[:-1]])))

KAGGLE = {
    "K1": (T, T, 500, 25.843312),
    "K2": (T, changed(T, lambda x, _: 0.9 * x), 500, 20.806990),
    "K3": (T, changed(T, lambda x, _: x + 0.37), 500, 25.843312),
    "K4": (T, changed(T, lambda x, _: delayed(x, 50)), 500, 12.018018),
    "K5": (T, changed(T, lambda x, _: delayed(x, 101)), 500, 9.220348),
    "K6": (T, HUM, 500, 19.675750),
    "K7": (T, ZEROS, 500, 0.806990),
    "K8": (UP, changed(HUM, lambda x, _: x + 1.0), 500, 25.843312),
    "K10": (T, T | {"V1": ZEROS["V1"]}, 500, 16.209321),
    "K11": (T, T | {"II": ZEROS["II"]}, 500, 5.696912),
    "K12": (T250, BLURRED, 250, 18.289051),
    "K13": (T1025, T1025, 1025, 25.843312),
    "K14": (T, changed(T, lambda x, _: -x), 500, -1.567719),
}

CHALLENGE = {
    "C1": (changed(T, lambda x, _: 0.9 * x), 19.088237, 39.605106),
    "C2": (changed(T, lambda x, _: x + 0.37), 43.373456, 43.373456),
    "C3": (changed(T, lambda x, _: delayed(x, 50)), np.nan, np.nan),
    "C4": (HUM, 14.054694, 16.087215),
    "C5": (ZEROS, 0.0, 14.227305),
    "C6": (T | {"V1": ZEROS["V1"]}, 0.0, 18.825928),
}

TINY = {
    "I": [0.1, 0.3, 0.4],
    "III": [0.6, 0.6, 0.4],
    "aVR": [0.2, 0.3, 0.4],
    "aVL": [0.5, 0.2, 0.7],
    "aVF": [0.2, 0.3, 0.4],
    "V1": [0.8, 0.6, 0.7],
    "V2": [0.2, 0.3, -0.1],
    "V3": [0.5, 0.6, 0.7],
    "V4": [0.2, 0.9, 0.4],
    "V5": [0.5, 0.6, 0.7],
    "V6": [0.1, 0.3, 0.4],
    "II": [0.6, 0.6, 0.4, 0.2, 0.3, 0.4, 0.5, 0.2, 0.7, 0.2, 0.3, 0.4],
}
D1 = {lead: np.array(values) for lead, values in TINY.items()}
D2 = D1 | {"I": np.array([0.9, 0.3, 0.4])}
D3 = D2 | {"III": np.array([0.6, 0.3, 0.4])}
NOTHING = changed(D1, lambda x, _: 0.0 * x)


@pytest.mark.parametrize("name", KAGGLE)
def test_the_competition_s_vectors_are_reproduced(name: str) -> None:
    truth, found, fs, expected = KAGGLE[name]
    ratio = record_ratio(lead_powers(truth[lead], found[lead], fs) for lead in LEADS)
    assert decibels(ratio) == pytest.approx(expected, abs=1e-5)
    assert kaggle(truth, found, fs) == pytest.approx(expected, abs=1e-5)


def test_k9_records_are_averaged_as_ratios_not_as_decibels() -> None:
    truth = table(T, "100") | table(T, "200")
    found = table(HUM, "100") | table(ZEROS, "200")
    assert kaggle_score(truth, {"100": 500, "200": 500}, found) == pytest.approx(16.721440, abs=1e-5)


@pytest.mark.parametrize(("found", "expected"), [(D1, 25.8433), (D2, 13.6291), (D3, 13.0576)])
def test_the_tiny_picture_s_vectors_are_reproduced(found: Signals, expected: float) -> None:
    assert kaggle(D1, found, 1) == pytest.approx(expected, abs=1e-4)


def test_a_truth_of_zeros_scores_the_worst_or_if_read_right_the_best() -> None:
    assert kaggle(NOTHING, D1, 1) == -384.0
    assert kaggle(NOTHING, NOTHING, 1) == pytest.approx(25.843312, abs=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_the_tables_refuse_what_is_not_finite(bad: float) -> None:
    broken = D1 | {"V1": np.array([0.1, bad, 0.2])}
    with pytest.raises(UserError, match="submission: 100_1_V1"):
        kaggle(D1, broken, 1)
    with pytest.raises(UserError, match="solution: 100_1_V1"):
        kaggle(broken, D1, 1)


def test_the_tables_refuse_a_lead_wholly_absent_but_not_missing_rows() -> None:
    with pytest.raises(UserError, match="V6"):
        kaggle(T, {lead: x for lead, x in T.items() if lead != "V6"})
    assert kaggle(T, T | {"V6": T["V6"][:-5]}) == pytest.approx(25.843312, abs=1e-5)


def test_the_tables_refuse_a_rate_that_lead_ii_denies() -> None:
    with pytest.raises(UserError, match="fs is 512 but lead II has 5000 rows"):
        kaggle(T, T, 512)


def test_alignment_shifts_and_leaves_vacated_samples_empty() -> None:
    truth = np.array([0.0, 0, 1, 2, 1, 0, 0])
    found = np.array([1.0, 2, 1, 0, 0, 0, 0])
    expected = np.array([np.nan, np.nan, 1, 2, 1, 0, 0])
    np.testing.assert_allclose(align(truth, found, 10.0), expected, atol=1e-12)
    np.testing.assert_allclose(align(truth, found + 5.0, 10.0), expected, atol=1e-12)


@settings(max_examples=25)
@given(samples=st.integers(-100, 100), offset_mv=st.floats(-5.0, 5.0), gain=st.floats(0.1, 3.0))
def test_a_lone_beat_may_be_shifted_up_to_0_2_s_and_by_any_voltage(samples: int, offset_mv: float, gain: float) -> None:
    truth = np.zeros(1250)
    truth[400:800] = beat(np.arange(400) / 500, gain)
    signal, noise = lead_powers(truth, np.roll(truth, samples) + offset_mv, 500.0)
    assert signal == pytest.approx(np.sum(truth**2))
    assert noise < 1e-6 * signal


@settings(max_examples=25)
@given(start=st.integers(0, 1000), length=st.integers(50, 200))
def test_samples_missing_in_the_truth_take_no_part(start: int, length: int) -> None:
    truth, wrong = T["V2"].copy(), HUM["V2"].copy()
    truth[start : start + length] = np.nan
    wrong[start : start + length] = truth[np.isfinite(truth)].mean()
    signal, noise = lead_powers(truth, wrong, 500.0)
    assert signal == pytest.approx(np.nansum(truth**2))
    assert noise < 1.1 * np.sum((T["V2"] - HUM["V2"]) ** 2)


@pytest.mark.parametrize("name", CHALLENGE)
def test_the_2024_challenge_s_vectors_are_reproduced(name: str) -> None:
    found, *expected = CHALLENGE[name]
    if name == "C5":
        pytest.importorskip("scipy", minversion="1.11", reason="ties fall by rounding in its Fourier transform")
    snr = np.array([challenge_snr(T[lead], found[lead], 500.0) for lead in LEADS])
    means = np.full(2, np.nan) if np.isnan(snr).all() else np.nanmean(snr, axis=0)
    np.testing.assert_allclose(means, expected, rtol=0.0, atol=1e-5)


def test_the_2024_challenge_as_described_moves_a_reading_both_ways() -> None:
    early = np.concatenate([T["I"][50:], np.full(50, T["I"][-1])])
    assert challenge_snr(T["I"], early, 500.0) == (0.0, 0.0)
    assert np.isnan(challenge_snr(T["I"], early, 500.0, as_programmed=False)).all()


def record(signals: Signals, name: str = "a", fs: int = 500) -> EcgRecord:
    """The leads on their page of 10 s, NaN where not printed."""
    mv = np.full((len(signals), 10 * fs), np.nan)
    leads = tuple(lead for lead in LEADS if lead in signals)
    for row, lead in enumerate(leads):
        start = 0 if lead == "II" else LEADS.index(lead) // 3 * 10 * fs // 4
        mv[row, start : start + len(signals[lead])] = signals[lead]
    return EcgRecord(name, float(fs), leads, mv)


def write(folder: Path, *records: EcgRecord) -> Path:
    """The records as WFDB files below a folder."""
    for item in records:
        write_record(item, folder)
    return folder


@pytest.mark.parametrize("name", ["K1", "K2", "K4", "K6", "K7", "K11", "K12", "K13", "K14"])
def test_a_record_on_its_page_scores_as_in_the_competition(name: str) -> None:
    truth, found, fs, expected = KAGGLE[name]
    score = score_record(record(truth, fs=fs), record(found, fs=fs))
    assert score.capped_db == pytest.approx(expected, abs=1e-5)
    assert score.failed == (score.uncapped_db < 3.0)


def test_a_lead_not_found_and_a_lead_without_a_sample_count_as_zero() -> None:
    absent = score_record(record(T), record({lead: x for lead, x in T.items() if lead != "V1"}))
    empty = score_record(record(T), record(T | {"V1": np.full(1250, np.nan)}))
    assert absent == empty
    assert absent.capped_db == pytest.approx(16.209321, abs=1e-5)


def test_leads_absent_from_the_truth_are_not_scored() -> None:
    score = score_record(record({"I": T["I"], "II": T["II"]}), record(T | {"V1": 5.0 + ZEROS["V1"]}))
    assert [lead.lead for lead in score.leads] == ["I", "II"]
    assert score.uncapped_db == 120.0


def test_a_reading_at_another_rate_and_longer_is_taken_at_the_truth_s_times() -> None:
    t_s = np.arange(12_000) / 1000
    found = EcgRecord("a", 1000.0, LEADS, np.stack([beat(t_s, GAIN[lead]) for lead in LEADS]))
    assert score_record(record(T), found).uncapped_db == 120.0


def test_a_gap_in_the_reading_is_bridged_by_a_line() -> None:
    ramp = EcgRecord("a", 500.0, ("I",), np.linspace(0.0, 1.0, 1250)[None] ** 2)
    broken = ramp.mv.copy()
    broken[:, 600:603] = np.nan
    assert score_record(ramp, EcgRecord("a", 500.0, ("I",), broken)).uncapped_db > 90.0


def test_a_record_without_a_reading_or_with_a_broken_one_counts_as_ratio_zero(tmp_path: Path) -> None:
    truth = write(tmp_path / "truth", *(record(T, name) for name in ("a", "b", "c", "d")))
    found = write(tmp_path / "found", record(T, "a"), record(T, "b"), record(T, "x"))
    (found / "deep").mkdir()
    for path in found.glob("b.*"):
        path.rename(found / "deep" / path.name)
    (found / "c.hea").write_text("not a header")
    score = score_folders(truth, found)
    assert score.capped_db == pytest.approx(decibels(PERFECT_RATIO / 2), abs=1e-9)
    assert (score.failures, score.missing, score.ignored) == (2, 2, 1)
    assert [item.name for item in score.records if item.failed] == ["c", "d"]
    assert len(score.leads) == 12


def test_a_score_is_valid_json_and_prints_every_record_on_one_line(tmp_path: Path) -> None:
    truth = write(tmp_path / "truth", record(T, "good"), record(T, "lost"))
    score = score_folders(truth, write(tmp_path / "found", record(T, "good")), challenge2024=True)
    assert json.loads(json.dumps(score.to_dict(), allow_nan=False))["failures"] == 1
    lines = printed(score).splitlines()
    assert sum(line.lstrip().startswith("good") and "25.84" in line for line in lines) == 1
    assert any(line.startswith("no reading: no record lost") for line in lines)
    assert lines[-1].startswith("2 records: 22.8330 dB")


def printed(score: Score) -> str:
    """What the user of a narrow screen sees."""
    console = Console(file=io.StringIO(), width=60)
    print_score(score, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_folders_without_a_common_name_end_in_one_line(tmp_path: Path) -> None:
    truth, found = write(tmp_path / "truth", record(T, "a")), write(tmp_path / "found", record(T, "b"))
    with pytest.raises(UserError, match=r"none of its 1 records bears the name .* \(such as a\)"):
        score_folders(truth, found)


def test_a_name_that_stands_for_two_readings_is_refused(tmp_path: Path) -> None:
    truth, found = write(tmp_path / "truth", record(T)), write(tmp_path / "found", record(T))
    write(found / "again", record(T))
    with pytest.raises(UserError, match="record a is also at"):
        score_folders(truth, found)


def test_names_of_records_are_printed_as_they_are(tmp_path: Path) -> None:
    names = ("scan[final]", "a[/b]")
    score = total([replace(score_record(record(T), "lost"), name=name) for name in names])
    assert all(name in printed(score) for name in names)


def test_a_page_below_3_db_counts_as_nothing_at_all() -> None:
    truth = record(T)
    perfect = score_record(truth, truth)
    noisy = EcgRecord("b", truth.fs_hz, truth.leads, truth.mv * 0.2)  # 1.9 dB
    failed = score_record(truth, noisy)
    assert failed.failed
    assert failed.ratio > 1.0
    assert total([perfect, failed]).capped_db == pytest.approx(decibels(PERFECT_RATIO / 2), abs=1e-9)
