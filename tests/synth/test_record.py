"""Promises of records: any WFDB header with .dat or .mat signals becomes mV in the 12 leads' order, or one line."""

from __future__ import annotations

import errno
import re
import struct
from pathlib import Path

import numpy as np
import pytest
import wfdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from synth.errors import UserError
from synth.record import LEADS, EcgRecord, find_records, read_record, write_record, write_whole

_TMP = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _digital(leads: int = 12, n: int = 400) -> NDArray[np.int16]:
    """Samples, (n, leads)."""
    rng = np.random.default_rng(np.random.SeedSequence(n))
    return rng.integers(-3000, 3000, (n, leads)).astype("<i2")


def _write(
    folder: Path,
    digital: NDArray[np.int16],
    names: tuple[str, ...] = LEADS,
    *,
    unit: str = "1000/mV",
    fs: str = "500",
    suffix: str = ".dat",
    file: str | None = None,
    length: int | None = None,
) -> Path:
    """A record written by hand, `.mat` as the Challenge sets have it: format 16, 24 bytes of MATLAB header."""
    n, count = digital.shape
    data, fmt = digital.tobytes(), "16"
    if suffix == ".mat":  # MATLAB level 4, int16, the columns being the samples
        data, fmt = struct.pack("<5i", 30, count, n, 0, 4) + b"val\0" + data, "16+24"
    lines = [f"rec {count} {fs} {n if length is None else length} 23-Mar-2021 20:20:47"]
    lines += [f"{file or 'rec' + suffix} {fmt} {unit} 16 0 {digital[0, k]} 0 0 {name}" for k, name in enumerate(names)]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"rec{suffix}").write_bytes(data)
    (folder / "rec.hea").write_text("\n".join([*lines, "# Age: 61", "# Sex: Female"]) + "\n", encoding="utf-8")
    return folder / "rec.hea"


def _line(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_record(path)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(str(path.parent))
    return said


@pytest.mark.parametrize("suffix", [".dat", ".mat"])
@pytest.mark.parametrize(("fs", "n"), [("100", 1000), ("500", 5000), ("257", 24_000), ("1000.5", 33)])
def test_dat_and_mat_of_any_rate_and_length_are_read(suffix: str, fs: str, n: int, tmp_path: Path) -> None:
    digital = _digital(n=n)
    record = read_record(_write(tmp_path, digital, fs=fs, suffix=suffix))
    assert (record.name, record.leads, record.fs_hz) == ("rec", LEADS, float(fs))
    np.testing.assert_allclose(record.mv, digital.T / 1000.0, atol=1e-12)
    assert record.mv.dtype == np.float64
    assert record.duration_s == pytest.approx(n / float(fs))


def test_a_record_is_named_with_or_without_its_ending(tmp_path: Path) -> None:
    path = _write(tmp_path, _digital())
    for said in (path, tmp_path / "rec", tmp_path / "rec.dat"):
        np.testing.assert_array_equal(read_record(said).mv, read_record(path).mv)


@_TMP
@given(
    order=st.permutations(range(12)),
    spell=st.lists(st.sampled_from([str.upper, str.lower, str.title, "Lead {}".format, "lead_{}".format]), min_size=12),
)
def test_leads_in_any_order_and_letter_case_come_in_the_standard_order(
    order: list[int], spell: list, tmp_path: Path
) -> None:
    digital = _digital()
    names = tuple(spell[k](LEADS[k]) for k in order)
    record = read_record(_write(tmp_path, np.ascontiguousarray(digital[:, order]), names))
    assert record.leads == LEADS
    np.testing.assert_allclose(record.mv, digital.T / 1000.0, atol=1e-12)


def test_missing_leads_stay_missing_and_other_signals_are_left_out(tmp_path: Path) -> None:
    digital = _digital(5)
    record = read_record(_write(tmp_path, digital, ("V5", "RESP", "ii", "-aVR", "V5")))
    assert record.leads == ("II", "V5")
    np.testing.assert_allclose(record.mv, digital[:, [2, 0]].T / 1000.0, atol=1e-12)
    assert record.lead("I") is None
    assert record.lead("aVR") is None


@pytest.mark.parametrize(
    ("unit", "mv"), [("2/uV", 5e-4), ("2/µV", 5e-4), ("2/mV", 0.5), ("2/V", 500.0), ("2/nV", 5e-7), ("2", 0.5)]
)
def test_units_become_mv(unit: str, mv: float, tmp_path: Path) -> None:
    digital = _digital(2)
    record = read_record(_write(tmp_path, digital, ("I", "II"), unit=unit))
    np.testing.assert_allclose(record.mv, digital.T * mv, rtol=1e-9)


def test_each_signal_has_its_own_gain_and_baseline(tmp_path: Path) -> None:
    digital = _digital(2)
    path = _write(tmp_path, digital, ("I", "II"))
    lines = path.read_text().splitlines()
    lines[2] = lines[2].replace("1000/mV", "200(-50)/uV")
    path.write_text("\n".join(lines) + "\n")
    record = read_record(path)
    np.testing.assert_allclose(record.mv[0], digital[:, 0] / 1000.0)
    np.testing.assert_allclose(record.mv[1], (digital[:, 1] + 50.0) / 200.0 / 1000.0)


def test_an_invalid_sample_is_nan(tmp_path: Path) -> None:
    digital = _digital()
    digital[10:20, 3] = -32768
    record = read_record(_write(tmp_path, digital, suffix=".mat"))
    assert np.isnan(record.mv[3, 10:20]).all()
    assert np.isnan(record.mv).sum() == 10


MV = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 60)),
    elements=st.floats(-40.0, 40.0, width=32) | st.sampled_from([np.nan, np.inf, -np.inf, 32.767, -32.768]),
)


@_TMP
@given(mv=MV, fs_hz=st.floats(1.0, 20_000.0))
def test_what_is_written_is_read_back_to_half_a_microvolt(
    mv: NDArray[np.float64], fs_hz: float, tmp_path: Path
) -> None:
    mv[0, 0] = 1.0  # a record with no valid sample at all is refused
    found = read_record(write_record(EcgRecord("r-1_a", fs_hz, LEADS[: len(mv)], mv), tmp_path))
    assert (found.name, found.leads) == ("r-1_a", LEADS[: len(mv)])
    assert found.fs_hz == pytest.approx(fs_hz, rel=1e-11)
    assert found.mv.shape == mv.shape
    valid = np.isfinite(mv)
    assert np.isnan(found.mv[~valid]).all()
    assert np.abs(found.mv[valid] - np.clip(mv[valid], -32.767, 32.767)).max() <= 0.0005 + 1e-9


def test_what_is_written_is_wfdb_with_true_checksums_and_comments(tmp_path: Path) -> None:
    mv = _digital().T / 1000.0
    write_record(EcgRecord("r", 500.0, LEADS, mv), tmp_path / "new" / "folder", comments=("made by hand",))
    header = wfdb.rdheader(str(tmp_path / "new" / "folder" / "r"))
    assert header.comments == ["made by hand"]
    assert set(header.fmt) == {"16"}
    assert set(header.adc_gain) == {1000.0}
    assert header.checksum == [int(row.sum()) % 65536 for row in _digital().T.astype(np.int64)]
    assert header.init_value == _digital()[0].tolist()
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == ["r.dat", "r.hea"]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a.b", "é", "../a"])
def test_a_name_that_is_none_to_wfdb_is_refused_on_writing(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="rename it"):
        write_record(EcgRecord(name, 500.0, ("I",), np.zeros((1, 5))), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_searched_in_depth_and_records_come_sorted(tmp_path: Path) -> None:
    for folder in ("b/c", "a", "b", ".", "a/z/y"):
        _write(tmp_path / folder, _digital(1), ("I",))
    (tmp_path / "b" / "notes.txt").write_text("no record")
    (tmp_path / "folder.hea").mkdir()
    found = find_records(tmp_path)
    assert found == sorted(found)
    assert [path.parent.relative_to(tmp_path).as_posix() for path in found] == ["a", "a/z/y", "b/c", "b", "."]
    assert find_records(tmp_path / "a" / "rec") == [tmp_path / "a" / "rec.hea"]
    assert find_records(tmp_path / "a" / "rec.hea") == [tmp_path / "a" / "rec.hea"]


def test_a_folder_without_records_and_a_path_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no WFDB record"):
        find_records(tmp_path)
    with pytest.raises(UserError, match="no such record"):
        find_records(tmp_path / "none")


def test_a_missing_signal_file_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path, _digital())
    (tmp_path / "rec.dat").unlink()
    assert "signal file rec.dat is missing" in _line(path)


@pytest.mark.parametrize("file", ["../rec.dat", "/etc/passwd", "sub/rec.dat", ".."])
def test_a_signal_file_in_another_folder_is_never_opened(file: str, tmp_path: Path) -> None:
    path = _write(tmp_path / "in", _digital(1), ("I",), file=file)
    (tmp_path / "rec.dat").write_bytes(bytes(5000))
    _line(path)


@pytest.mark.parametrize("fs", ["0", "-5", "nan", "inf", "1e400", "fast", "0x10"])
def test_a_rate_that_is_none_is_refused(fs: str, tmp_path: Path) -> None:
    said = _line(_write(tmp_path, _digital(), fs=fs))
    assert "rate" in said or "not a WFDB header" in said


def test_a_length_beyond_reason_is_refused_before_reading(tmp_path: Path) -> None:
    assert "too long" in _line(_write(tmp_path, _digital(), length=10**12))
    assert "cannot be read" in _line(_write(tmp_path, _digital(), length=10**6))


def test_a_rate_beyond_reason_is_refused(tmp_path: Path) -> None:
    assert "more than 100000; no ECG has that" in _line(_write(tmp_path, _digital(), fs="10000000"))


def test_a_length_left_out_of_a_large_file_is_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path, _digital(n=123))
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["rec 12 500", *lines[1:]]) + "\n")
    with (tmp_path / "rec.dat").open("r+b") as file:
        file.truncate(10**9)  # holds nothing on disk
    assert "add their length" in _line(path)


def test_a_length_left_out_is_that_of_the_file(tmp_path: Path) -> None:
    path = _write(tmp_path, _digital(n=123))
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["rec 12 500", *lines[1:]]) + "\n")
    assert read_record(path).mv.shape == (12, 123)


def test_none_of_the_leads_and_a_unit_that_is_no_voltage_are_refused(tmp_path: Path) -> None:
    assert "none of its signals (X, Y)" in _line(_write(tmp_path, _digital(2), ("X", "Y")))
    assert "'mmHg' is not a voltage" in _line(_write(tmp_path, _digital(2), ("I", "II"), unit="1/mmHg"))


def test_a_record_of_invalid_samples_alone_is_refused(tmp_path: Path) -> None:
    assert "no valid sample" in _line(_write(tmp_path, np.full((50, 12), -32768, dtype="<i2")))


@pytest.mark.parametrize(
    "header",
    [b"", b"# a comment\n", b"dear reader,\nthis is text\n", bytes(range(256)), b"rec/2 2 500 100\na 50\nb 50\n"],
)
def test_what_is_no_header_is_refused(header: bytes, tmp_path: Path) -> None:
    path = _write(tmp_path, _digital())
    path.write_bytes(header)
    _line(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"rec.dat 16 ", b"rec.dat 999 "),
        (b"rec.dat 16 ", b"rec.dat 516 "),
        (b"rec 12", b"rec 13"),
        (b"rec 12", b"rec 11"),
    ],
)
def test_a_header_that_does_not_fit_its_signals_is_refused(old: bytes, new: bytes, tmp_path: Path) -> None:
    path = _write(tmp_path, _digital())
    path.write_bytes(path.read_bytes().replace(old, new))
    _line(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.lists(st.integers(0, 90), min_size=1, max_size=4), by=st.lists(st.integers(0, 255), min_size=4, max_size=4)
)
def test_random_damage_to_a_header_gives_a_record_or_one_line(at: list[int], by: list[int], tmp_path: Path) -> None:
    path = _write(tmp_path, _digital(2, n=50), ("I", "II"))
    damaged = bytearray(path.read_bytes())
    for place, value in zip(at, by, strict=False):
        damaged[place] = value
    path.write_bytes(damaged)
    try:
        assert read_record(path).mv.ndim == 2
    except UserError:
        _line(path)


def test_what_is_written_below_the_records_is_none_of_them(tmp_path: Path) -> None:
    _write_header(tmp_path / "a.hea")
    _write_header(tmp_path / "pages" / "b.hea")
    assert [path.name for path in find_records(tmp_path, tmp_path / "pages")] == ["a.hea"]
    with pytest.raises(UserError, match=r"pages: holds the records; .* choose another --out"):
        find_records(tmp_path / "pages", tmp_path / "pages")


def _write_header(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("")


def test_a_file_that_cannot_be_written_is_named_as_the_user_named_it(tmp_path: Path) -> None:
    for path in (tmp_path / "no" / "s.csv", tmp_path):
        with pytest.raises(OSError, match=re.escape(f"'{path}'")):
            write_whole(path, b"x")


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.bin"
    write_whole(path, b"before")

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:2])
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"afterwards")
    assert path.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["a.bin"]
