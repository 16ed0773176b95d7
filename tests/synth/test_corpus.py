"""Promises of a corpus: it is resumed, never mixed, and a bad record costs its own samples only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from synth.corpus import Corpus, Made, count_made, make_corpus
from synth.degrade.capture.camera import Tilt
from synth.degrade.capture.sensor import Noise
from synth.errors import UserError
from synth.heart import heart_record
from synth.recipe import Recipe, with_layout
from synth.record import EcgRecord, find_records, write_record
from synth.store import read_sample

RECIPE = Recipe(name="small", dpi=(50.0, 50.0), capture=(Tilt(), Noise()))


def _corpus(out: Path, records: tuple[Path, ...] = ()) -> Corpus:
    return Corpus(recipe=RECIPE, records=records, seed=3, out=out)


def _make(corpus: Corpus, count: int) -> list[Made]:
    return list(make_corpus(corpus, count))


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def records(tmp_path: Path) -> tuple[Path, ...]:
    for index in range(3):
        found = heart_record(index, 1)
        write_record(replace(found, name=f"r{index}"), tmp_path / "records")
    return tuple(find_records(tmp_path / "records"))


def test_samples_come_in_order_with_the_names_of_their_records(records: tuple[Path, ...], tmp_path: Path) -> None:
    made = _make(_corpus(tmp_path / "out", records), 3)
    assert made == [Made("000000_r0"), Made("000001_r1"), Made("000002_r2")]
    for one in made:
        assert read_sample(tmp_path / "out" / one.stem).record == one.stem[-2:]


def test_a_corpus_is_resumed_what_stands_is_kept_and_the_rest_is_completed(tmp_path: Path) -> None:
    whole, parts = _corpus(tmp_path / "whole"), _corpus(tmp_path / "parts")
    _make(whole, 4)
    _make(parts, 2)
    (parts.out / "000001_heart.json").unlink()  # as if stopped in the middle of sample 1
    (parts.out / "000001_heart.png").write_bytes(b"half a pict")
    stood = (parts.out / "000000_heart.png").stat().st_mtime_ns
    made = _make(parts, 4)
    assert [one.kept for one in made] == [True, False, False, False]
    assert (parts.out / "000000_heart.png").stat().st_mtime_ns == stood
    assert _bytes(parts.out) == _bytes(whole.out)


def test_fewer_samples_than_stand_leave_the_rest_alone(tmp_path: Path) -> None:
    _make(_corpus(tmp_path), 2)
    before = _bytes(tmp_path)
    assert [one.kept for one in _make(_corpus(tmp_path), 1)] == [True]
    assert _bytes(tmp_path) == before


def test_a_folder_that_holds_another_corpus_is_refused_and_left_alone(
    records: tuple[Path, ...], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    corpus = _corpus(out, records)
    _make(corpus, 1)
    before = _bytes(out)
    others = (
        replace(corpus, seed=4),
        replace(corpus, bare=True),
        replace(corpus, records=records[::-1]),
        replace(corpus, records=()),
        replace(corpus, recipe=msgspec.structs.replace(RECIPE, desk=(0.5, 0.5))),
    )
    for other in others:
        with pytest.raises(UserError, match=r"another corpus .*; choose another --out"):
            _make(other, 2)
    assert _bytes(out) == before


def test_other_records_of_the_same_names_are_another_corpus(records: tuple[Path, ...], tmp_path: Path) -> None:
    corpus = _corpus(tmp_path / "out", records)
    _make(corpus, 1)
    write_record(replace(heart_record(7, 1), name="r1"), records[1].parent)
    with pytest.raises(UserError, match=r"another corpus \(recipe, records, seed or versions differ"):
        _make(corpus, 3)


def test_pages_of_which_nothing_says_what_made_them_are_left_alone(tmp_path: Path) -> None:
    corpus = _corpus(tmp_path / "out")
    _make(corpus, 1)
    (corpus.out / "corpus.json").unlink()
    with pytest.raises(UserError, match=r"holds pages, but no corpus.json that says of what; choose another --out"):
        _make(corpus, 2)


def test_a_json_file_that_is_no_page_does_not_count_as_one(tmp_path: Path) -> None:
    tmp_path.joinpath("notes.json").write_text("{}")
    _make(_corpus(tmp_path), 1)
    assert count_made(tmp_path) == 1


def test_a_bad_record_fails_its_own_samples_only(records: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "records" / "r1.dat").unlink()
    made = _make(_corpus(tmp_path / "out", records), 6)
    assert [one.failed for one in made] == [False, True, False] * 2
    assert "r1.hea" in made[1].note
    assert "r1.dat is missing" in made[1].note
    assert {path.name[:6] for path in (tmp_path / "out").glob("0*.json")} == {"000000", "000002", "000003", "000005"}


def test_a_count_beyond_the_records_begins_again_with_other_draws(records: tuple[Path, ...], tmp_path: Path) -> None:
    made = _make(_corpus(tmp_path / "out", records[:2]), 4)
    assert [one.stem for one in made] == ["000000_r0", "000001_r1", "000002_r0", "000003_r1"]
    first, again = (read_sample(tmp_path / "out" / made[index].stem) for index in (0, 2))
    np.testing.assert_array_equal(first.as_printed().mv, again.as_printed().mv)
    assert not np.array_equal(first.traces[0].xy_px, again.traces[0].xy_px)


def test_records_of_one_name_in_two_folders_are_two_samples(records: tuple[Path, ...], tmp_path: Path) -> None:
    write_record(replace(heart_record(7, 1), name="r0"), tmp_path / "elsewhere")
    made = _make(_corpus(tmp_path / "out", (records[0], tmp_path / "elsewhere" / "r0.hea")), 2)
    first, second = (read_sample(tmp_path / "out" / one.stem) for one in made)
    assert not np.array_equal(first.as_printed().mv, second.as_printed().mv)


def test_leads_that_a_record_lacks_are_said_and_their_place_is_left_empty(tmp_path: Path) -> None:
    found = heart_record(0, 1)
    write_record(EcgRecord("three", found.fs_hz, found.leads[:3], found.mv[:3]), tmp_path / "records")
    (made,) = _make(_corpus(tmp_path / "out", tuple(find_records(tmp_path / "records"))), 1)
    assert not made.failed
    assert "aVR, aVL, aVF, V1" in made.note
    sample = read_sample(tmp_path / "out" / made.stem)
    assert [trace.lead for trace in sample.traces] == ["I", "II", "III", "II"]


def test_an_odd_record_name_becomes_one_fit_for_wfdb(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    path = write_record(replace(heart_record(0, 1), name="r"), tmp_path / "records")
    odd = path.rename(path.with_name("Ö d.1.hea"))
    (made,) = _make(_corpus(tmp_path / "out", (odd,)), 1)
    assert made.stem == "000000_--d-1"
    assert read_sample(tmp_path / "out" / made.stem).record == "Ö d.1"


def test_nothing_in_the_folder_depends_on_where_it_lies(records: tuple[Path, ...], tmp_path: Path) -> None:
    _make(_corpus(tmp_path / "a", records), 2)
    _make(_corpus(tmp_path / "far" / "away", records), 2)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "far" / "away")
    assert all(str(tmp_path).encode() not in data for data in _bytes(tmp_path / "a").values())


def test_a_folder_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UserError) as caught:
            _make(_corpus(out), 1)
        assert str(caught.value).startswith(f"{out}: cannot be written")
        assert "\n" not in str(caught.value)


def test_two_workers_and_one_agree_on_what_failed(records: tuple[Path, ...], tmp_path: Path) -> None:
    (tmp_path / "records" / "r2.dat").write_bytes(b"")
    one, two = (list(make_corpus(_corpus(tmp_path / str(n), records), 4, workers=n)) for n in (1, 2))
    assert one == two
    assert [made.failed for made in one] == [False, False, True, False]
    assert _bytes(tmp_path / "1") == _bytes(tmp_path / "2")


def test_workers_that_stand_from_another_folder_write_where_they_are_told(
    records: tuple[Path, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Joblib keeps its workers, and they keep the folder that they were started in."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        list(make_corpus(_corpus(Path("out")), 2, workers=2))
        assert len(list((tmp_path / name / "out").glob("*.json"))) == 3
    monkeypatch.chdir(tmp_path)
    near = tuple(path.relative_to(tmp_path) for path in records)
    made = list(make_corpus(_corpus(Path("near"), near), 3, workers=2))
    assert not any(one.failed for one in made)


def test_a_recipe_that_made_nothing_can_be_mended_and_run_again(tmp_path: Path) -> None:
    huge = msgspec.structs.replace(RECIPE, dpi=(1200.0, 1200.0), frame=(1.0, 1.0))
    assert all(one.failed for one in _make(replace(_corpus(tmp_path), recipe=huge), 2))
    assert not any(one.failed for one in _make(_corpus(tmp_path), 2))


def test_a_lead_that_ends_too_soon_is_not_said_to_be_missing(tmp_path: Path) -> None:
    found = heart_record(0, 1)
    write_record(EcgRecord("brief", found.fs_hz, found.leads, found.mv[:, :400]), tmp_path / "records")
    (made,) = _make(_corpus(tmp_path / "out", tuple(find_records(tmp_path / "records"))), 1)
    assert made.note.startswith("brief: no valid sample on the page of aVR, aVL")


def test_a_record_whose_name_is_no_text_fails_its_own_samples_only(records: tuple[Path, ...], tmp_path: Path) -> None:
    odd = tmp_path / "odd" / "r\udcff.hea"
    odd.parent.mkdir()
    odd.write_bytes(records[0].read_bytes())
    made = _make(_corpus(tmp_path / "out", (odd, records[0])), 2)
    assert [one.failed for one in made] == [True, False]
    assert "rename the record" in made[0].note


def test_a_lead_that_is_printed_upside_down_is_said_to_be_missing_by_its_name(tmp_path: Path) -> None:
    found = heart_record(0, 1)
    kept = [k for k, lead in enumerate(found.leads) if lead not in ("aVR", "V6")]
    record = EcgRecord("ten", found.fs_hz, tuple(found.leads[k] for k in kept), found.mv[kept])
    write_record(record, tmp_path / "records")
    recipe = with_layout(RECIPE, "cabrera-6x2")
    (made,) = _make(replace(_corpus(tmp_path / "out", tuple(find_records(tmp_path / "records"))), recipe=recipe), 1)
    assert made.note.startswith("ten: no aVR, V6")
