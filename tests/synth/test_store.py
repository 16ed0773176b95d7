"""Promises of a sample: on disk and in memory the same, by whichever file it is named."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from synth.degrade.capture.codec import Jpeg, Png
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe
from synth.record import LEADS, EcgRecord, read_record
from synth.sample import Sample, Trace
from synth.store import read_sample, write_sample

RECIPE = Recipe(name="small", dpi=(50.0, 50.0), frame=(0.01, 0.05), codec=Jpeg())


def _sample(codec: Png | Jpeg = RECIPE.codec, record: EcgRecord | None = None) -> Sample:
    recipe = msgspec.structs.replace(RECIPE, codec=codec)
    return generate(recipe, record or heart_record(0, 1), seed=2, index=4)


def _fields(sample: Sample | Trace) -> dict[str, object]:
    return {name: getattr(sample, name) for name in sample.__dataclass_fields__}


def _assert_same(found: object, wanted: object) -> None:
    if isinstance(wanted, np.ndarray):
        assert isinstance(found, np.ndarray)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
    else:
        assert found == wanted


@pytest.mark.parametrize("ending", ["", ".json", ".npz", ".jpg", ".hea", ".dat"])
def test_a_sample_is_read_as_written_by_any_of_its_files_and_their_stem(ending: str, tmp_path: Path) -> None:
    sample = _sample()
    write_sample(sample, tmp_path, "a-b_1")
    found = read_sample(tmp_path / f"a-b_1{ending}")
    apart = {"traces", "map", "stored", "pixels"}
    for name, wanted in _fields(sample).items():
        if name not in apart:
            _assert_same(getattr(found, name), wanted)
    _assert_same(found.image, sample.image)
    _assert_same(found.map.matrix, sample.map.matrix)
    assert len(found.traces) == len(sample.traces) == 13
    for one, other in zip(found.traces, sample.traces, strict=True):
        for name, wanted in _fields(other).items():
            _assert_same(getattr(one, name), wanted)
    for lead, mask in sample.masks.items():
        np.testing.assert_array_equal(found.masks[lead], mask)


def test_a_path_may_be_a_string(tmp_path: Path) -> None:
    write_sample(_sample(), tmp_path, "a")
    assert read_sample(f"{tmp_path}/a.jpg").index == 4


def test_arrays_are_float64_and_as_long_as_each_other() -> None:
    for trace in _sample().traces:
        n = len(trace.t_s)
        assert trace.xy_px.shape == (n, 2)
        assert trace.mv.shape == trace.visible.shape == (n,)
        assert {array.dtype for array in (trace.t_s, trace.mv, trace.xy_px)} == {np.dtype(np.float64)}
        assert trace.visible.dtype == np.bool_
        assert (np.diff(trace.t_s) > 0).all()


@pytest.mark.parametrize("codec", [Png(), Jpeg()])
def test_the_only_picture_among_the_files_is_the_picture(codec: Png | Jpeg, tmp_path: Path) -> None:
    write_sample(_sample(codec), tmp_path, "a")
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"a.json", "a.npz", "a.hea", "a.dat", f"a{codec.suffix}"}


def test_nothing_in_the_files_depends_on_path_or_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = tmp_path / "here", tmp_path / "far" / "away"
    for seconds, folder in enumerate(folders):
        folder.mkdir(parents=True)
        monkeypatch.setattr("time.time", lambda later=1e9 + 1e6 * seconds: later)
        write_sample(_sample(), folder, "a")
    for path in folders[0].iterdir():
        assert path.read_bytes() == (folders[1] / path.name).read_bytes(), path.name
        assert str(tmp_path).encode() not in path.read_bytes()


def test_as_printed_is_the_record_where_it_is_printed_and_nan_elsewhere() -> None:
    record = heart_record(0, 1)
    mv = record.mv.copy()
    mv[0, 100:200] = np.nan  # a gap in lead I
    record = EcgRecord(record.name, record.fs_hz, LEADS[:11], mv[:11])  # and no V6
    printed = _sample(record=record).as_printed()
    assert (printed.leads, printed.fs_hz, printed.mv.shape) == (LEADS, 500.0, (12, 5000))
    shown = np.isfinite(printed.mv)
    np.testing.assert_array_equal(printed.mv[:11][shown[:11]], mv[:11][shown[:11]])
    columns = (("I", "II", "III"), ("aVR", "aVL", "aVF"), ("V1", "V2", "V3"), ("V4", "V5"))
    for column, leads in enumerate(columns):
        for lead in leads:
            want = np.zeros(5000, dtype=bool)
            want[slice(None) if lead == "II" else slice(column * 1250, (column + 1) * 1250)] = True
            if lead == "I":
                want[100:200] = False
            np.testing.assert_array_equal(shown[LEADS.index(lead)], want)
    assert not shown[11].any()


@pytest.mark.parametrize("fs_hz", [100.0, 257.0, 360.5, 1000.0])
def test_as_printed_is_the_record_at_any_rate_and_of_a_short_record_too(fs_hz: float) -> None:
    for duration_s in (10.0, 6.3, 12.0):
        record = heart_record(0, 1, fs_hz=fs_hz, duration_s=duration_s)
        printed = _sample(record=record).as_printed()
        n = min(record.mv.shape[1], int(10.0 * fs_hz))
        assert printed.mv.shape[1] == int(10.0 * fs_hz)
        np.testing.assert_array_equal(printed.mv[1, :n], record.mv[1, :n])
        assert np.isnan(printed.mv[1, n:]).all()
        shown = np.isfinite(printed.mv[:, :n])
        np.testing.assert_array_equal(printed.mv[:, :n][shown], record.mv[:, :n][shown])


def test_the_wfdb_record_beside_the_picture_is_the_signal_as_printed(tmp_path: Path) -> None:
    sample = _sample()
    write_sample(sample, tmp_path, "a")
    found, printed = read_record(tmp_path / "a.hea"), sample.as_printed()
    assert (found.leads, found.fs_hz) == (LEADS, printed.fs_hz)
    np.testing.assert_allclose(found.mv, printed.mv, atol=0.0005 + 1e-9)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _text(path: Path) -> None:
    path.write_text("no such thing\n")


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    path.write_bytes(data)


@pytest.mark.parametrize("harm", [Path.unlink, _cut, _empty, _text])
@pytest.mark.parametrize("ending", [".json", ".npz", ".jpg"])
def test_a_missing_or_broken_file_is_named_in_one_line(
    ending: str, harm: Callable[[Path], None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    write_sample(_sample(), tmp_path, "a")
    harm(tmp_path / f"a{ending}")
    with pytest.raises(UserError) as caught:
        read_sample(tmp_path / "a")
    said = str(caught.value)
    assert said.startswith(str(tmp_path / "a"))
    assert "\n" not in said
    assert capfd.readouterr() == ("", "")


def test_labels_that_are_damaged_or_not_those_of_the_sample_are_refused(tmp_path: Path) -> None:
    write_sample(_sample(), tmp_path, "a")
    _damage(tmp_path / "a.npz")
    with pytest.raises(UserError, match="not a whole sample"):
        read_sample(tmp_path / "a")
    half = heart_record(0, 1, duration_s=5.0)
    write_sample(_sample(record=half), tmp_path, "b")
    write_sample(_sample(), tmp_path, "a")
    (tmp_path / "b.npz").replace(tmp_path / "a.npz")
    with pytest.raises(UserError, match="does not fit"):
        read_sample(tmp_path / "a")


class _Bang:
    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return pytest.fail, ("a pickle in a sample was run",)


def test_labels_with_pickles_or_of_another_kind_are_refused_unopened(tmp_path: Path) -> None:
    write_sample(_sample(), tmp_path, "a")
    buffer, array = io.BytesIO(), io.BytesIO()
    np.save(array, np.zeros(5))
    np.savez(buffer, **{f"0.{name}": np.array([_Bang()], dtype=object) for name in ("t_s", "mv", "xy_px", "visible")})
    for data in (buffer.getvalue(), array.getvalue(), b"\x80\x04cbuiltins\nexit\n."):
        (tmp_path / "a.npz").write_bytes(data)
        with pytest.raises(UserError, match="not a whole sample"):
            read_sample(tmp_path / "a")


def test_the_picture_named_in_the_json_is_looked_for_beside_it_only(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_sample(_sample(), tmp_path / "in", "a")
    (tmp_path / "in" / "a.jpg").replace(tmp_path / "a.jpg")
    meta = tmp_path / "in" / "a.json"
    meta.write_text(meta.read_text().replace('"a.jpg"', '"../a.jpg"'))
    with pytest.raises(UserError, match="missing"):
        read_sample(meta)


@given(at=st.integers(0, 10**6), by=st.integers(1, 255))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_damage_to_labels_gives_a_sample_or_one_line(at: int, by: int, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    if not path.exists():
        write_sample(_sample(), tmp_path, "a")
    whole = bytearray(path.read_bytes())
    try:
        ends = (*range(300), *range(len(whole) - 3000, len(whole)))  # where the archive says what is where
        damaged = bytearray(whole)
        damaged[ends[at % len(ends)]] ^= by
        path.write_bytes(damaged)
        with suppress(UserError):
            read_sample(tmp_path / "a")
    finally:
        path.write_bytes(whole)


def test_labels_that_unpack_to_more_than_fits_are_refused_unopened(tmp_path: Path) -> None:
    write_sample(_sample(), tmp_path, "a")
    with ZipFile(tmp_path / "a.npz", "w", ZIP_DEFLATED) as archive, archive.open("0.t_s.npy", "w") as file:
        for _ in range(60):
            file.write(bytes(10_000_000))
    with pytest.raises(UserError, match="is larger than"):
        read_sample(tmp_path / "a")
