"""Promises of the submission: the rows test.csv asks for, all of them, or a line that says why not."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infer.metric import kaggle_score
from infer.submit import Wanted, write_submission
from synth.errors import UserError
from synth.record import LEADS, EcgRecord, write_record

RATES = (250, 256, 500, 512, 1000, 1025)


def rows_of(lead: str, fs: int) -> int:
    """The competition's number_of_rows: II whole, the others one of four columns cut at floor(k N / 4)."""
    column, samples = LEADS.index(lead) // 3, 10 * fs
    return samples if lead == "II" else (column + 1) * samples // 4 - column * samples // 4


def write_test(path: Path, records: dict[str, int]) -> Path:
    """A test.csv for records of given rates, with a column more and in another order."""
    lines = ["lead,id,number_of_rows,other,fs"]
    lines += [f"{lead},{name},{rows_of(lead, fs)},x,{fs}" for name, fs in records.items() for lead in LEADS]
    path.write_text("\n".join(lines) + "\n")
    return path


def heart(name: str, fs: int, *, printed_only: bool = False) -> EcgRecord:
    """Smooth leads of 10 s, each another; `printed_only` leaves NaN outside a lead's column."""
    t_s = np.arange(10 * fs) / fs
    mv = np.stack([np.sin(2 * np.pi * (1 + k / 7) * t_s) + 0.1 * k for k in range(12)])
    if printed_only:
        for k, lead in enumerate(LEADS):
            start = k // 3 * 10 * fs // 4
            outside = np.ones(10 * fs, dtype=bool)
            outside[start : start + rows_of(lead, fs)] = False
            mv[k, outside & (lead != "II")] = np.nan
    return EcgRecord(name, float(fs), LEADS, mv)


def read_values(path: Path) -> dict[str, float]:
    """id -> value of a submission."""
    with path.open(newline="") as file:
        return {line["id"]: float(line["value"]) for line in csv.DictReader(file)}


@pytest.mark.parametrize("fs", RATES)
def test_a_submission_of_the_truth_reaches_the_ceiling(fs: int, tmp_path: Path) -> None:
    write_record(heart("62", fs, printed_only=True), tmp_path / "found")
    out = tmp_path / "submission.csv"
    test = write_test(tmp_path / "test.csv", {"62": fs})
    assert write_submission(tmp_path / "found", test, out, fill=False) == 0
    wave = heart("62", fs).mv
    truth: dict[str, float] = {}
    for k, lead in enumerate(LEADS):
        start = 0 if lead == "II" else k // 3 * 10 * fs // 4
        stretch = wave[k, start : start + rows_of(lead, fs)]
        truth |= {f"62_{row}_{lead}": float(mv) for row, mv in enumerate(stretch)}
    assert kaggle_score(truth, {"62": fs}, read_values(out)) == pytest.approx(25.843312, abs=1e-5)


@pytest.mark.parametrize("fs", RATES)
def test_any_rate_is_served_from_a_reading_at_500_hz_without_filling(fs: int, tmp_path: Path) -> None:
    write_record(heart("7", 500, printed_only=True), tmp_path)
    out, test = tmp_path / "submission.csv", write_test(tmp_path / "test.csv", {"7": fs})
    assert write_submission(tmp_path, test, out, fill=False) == 0
    values = read_values(out)
    assert len(values) == sum(rows_of(lead, fs) for lead in LEADS)
    start = 3 * 10 * fs // 4
    expected = np.sin(2 * np.pi * (1 + 11 / 7) * (start + 100) / fs) + 1.1
    assert values["7_100_V6"] == pytest.approx(expected, abs=2e-3)


@settings(max_examples=60)
@given(fs=st.integers(100, 2000), lead=st.sampled_from(LEADS))
def test_short_leads_lie_in_their_column_and_long_ones_start_at_zero(fs: int, lead: str) -> None:
    column = LEADS.index(lead) // 3
    short = Wanted("1", lead, float(fs), (column + 1) * 10 * fs // 4 - column * 10 * fs // 4).times_s
    assert short[0] == (column * 10 * fs // 4) / fs
    assert short[-1] < 2.5 * (column + 1)
    assert Wanted("1", lead, float(fs), 10 * fs).times_s[0] == 0.0


def test_rows_come_in_the_order_of_test_csv_with_its_spelling(tmp_path: Path) -> None:
    write_record(heart("62", 500), tmp_path)
    test, out = tmp_path / "test.csv", tmp_path / "out.csv"
    test.write_text("id,lead,fs,number_of_rows\n62,V1,500,2\n62,AVR,500,1\n")
    write_submission(tmp_path, test, out, fill=False)
    assert [line.split(",")[0] for line in out.read_text().splitlines()] == [
        "id",
        "62_0_V1",
        "62_1_V1",
        "62_0_AVR",
    ]


@pytest.fixture
def gappy(tmp_path: Path) -> tuple[Path, Path]:
    """Record 1 without V6 and with 3 samples missing in V5; record 2 is missing. And their test.csv."""
    whole = heart("1", 500)
    mv = whole.mv[:11].copy()
    mv[10, 4000:4003] = np.nan
    write_record(EcgRecord("1", 500.0, LEADS[:11], mv), tmp_path / "found")
    return tmp_path / "found", write_test(tmp_path / "test.csv", {"1": 500, "2": 500})


def test_missing_rows_are_refused_and_leave_no_file(gappy: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out" / "submission.csv"
    out.parent.mkdir()
    with pytest.raises(UserError, match=r"20003 of 37500 rows have no value, first 1_250_V5; .*--fill"):
        write_submission(*gappy, out, fill=False)
    assert list(out.parent.iterdir()) == []


def test_filling_says_how_many_rows_it_made_up(gappy: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "submission.csv"
    assert write_submission(*gappy, out, fill=True) == 3 + 1250 + 15 * 1250
    values = read_values(out)
    assert len(values) == 37_500
    assert np.isfinite(list(values.values())).all()
    assert values["2_0_II"] == values["1_9_V6"] == 0.0
    assert min(values["1_249_V5"], values["1_253_V5"]) < values["1_251_V5"]
    assert values["1_251_V5"] < max(values["1_249_V5"], values["1_253_V5"])


def test_the_last_value_is_held_beyond_the_end_of_a_lead(tmp_path: Path) -> None:
    write_record(EcgRecord("1", 500.0, ("II",), np.linspace(0.0, 1.0, 4000)[None]), tmp_path)
    test, out = tmp_path / "test.csv", tmp_path / "out.csv"
    test.write_text("id,lead,fs,number_of_rows\n1,II,500,5000\n")
    assert write_submission(tmp_path, test, out, fill=True) == 1000
    assert read_values(out)["1_4999_II"] == 1.0


def test_an_unreadable_record_is_named_or_filled(tmp_path: Path) -> None:
    (tmp_path / "1.hea").write_text("not a header")
    test, out = tmp_path / "test.csv", tmp_path / "out.csv"
    test.write_text("id,lead,fs,number_of_rows\n1,II,500,5000\n")
    with pytest.raises(UserError, match=r"1\.hea: not a WFDB header"):
        write_submission(tmp_path, test, out, fill=False)
    assert write_submission(tmp_path, test, out, fill=True) == 5000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: no column id"),
        ("id,lead,fs\n", "line 1: no column number_of_rows"),
        ("id,lead,fs,number_of_rows\n", "asks for no lead"),
        ("id,lead,fs,number_of_rows\n1,I,500,2500\n1,V7,500,2500\n", "line 3: lead is 'V7'"),
        ("id,lead,fs,number_of_rows\n1,I,fast,2500\n", "line 2: fs is 'fast'"),
        ("id,lead,fs,number_of_rows\n1,I,inf,2500\n", "line 2: fs is 'inf'"),
        ("id,lead,fs,number_of_rows\n1,I,500\n", "line 2: number_of_rows is None"),
        ("id,lead,fs,number_of_rows\n1,I,500,0\n", "line 2: number_of_rows is '0'"),
        ("id,lead,fs,number_of_rows\n1,I,500,2.5\n", "line 2: number_of_rows is 2.5"),
        ("id,lead,fs,number_of_rows\n1,I,500,1e12\n", "line 2: number_of_rows is 1e"),
        ("id,lead,fs,number_of_rows\n../1,I,500,9\n", "line 2: id is '../1'"),
        ("id,lead,fs,number_of_rows\n1,I,500,9\n1,II,500,9\n1,i,500,9\n", "line 4: lead i of 1 is on line 2"),
    ],
)
def test_a_faulty_test_csv_is_refused_with_the_line_s_number(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(text)
    with pytest.raises(UserError) as caught:
        write_submission(tmp_path, tmp_path / "test.csv", tmp_path / "out.csv", fill=True)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_place_that_cannot_be_written_ends_in_one_line(gappy: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_submission(*gappy, tmp_path / "nowhere" / "out.csv", fill=True)
    with pytest.raises(UserError, match="cannot be written"):
        write_submission(*gappy, gappy[1] / "out.csv", fill=True)


@pytest.mark.parametrize("name", ["test.csv", ".", "found"])
def test_neither_test_csv_nor_a_folder_is_written_over(name: str, tmp_path: Path) -> None:
    write_record(heart("62", 250), tmp_path / "found")
    test = write_test(tmp_path / "test.csv", {"62": 250})
    before = test.read_bytes()
    with pytest.raises(UserError, match=r"choose another --out|name a file in it"):
        write_submission(tmp_path / "found", test, tmp_path / name, fill=False)
    assert test.read_bytes() == before


@pytest.mark.parametrize("fs", ["1e-300", "1e300"])
def test_a_rate_that_no_record_has_is_refused(fs: str, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(f"id,lead,fs,number_of_rows\n62,II,{fs},10\n")
    with pytest.raises(UserError, match="line 2: fs is"):
        write_submission(tmp_path, tmp_path / "test.csv", tmp_path / "out.csv", fill=True)
