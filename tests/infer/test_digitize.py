"""The weights that ship, end to end on pages of records that no training run has seen."""

import json
from functools import lru_cache
from pathlib import Path

import cv2
import msgspec
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from infer.digitize import Digitizer, Reading
from infer.known import Known
from infer.output import write_reading
from infer.score import score_record, total
from synth.catalogue import CATALOGUE
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout
from synth.record import LEADS, read_record
from synth.sample import Sample
from synth.settings import Settings

UNSEEN = 4_711  # a seed of the embedded heart that no training recipe uses


@pytest.fixture(scope="module")
def digitizer() -> Digitizer:
    return Digitizer()


@lru_cache
def unseen_page(recipe: str, index: int) -> tuple[Sample, Reading]:
    """A page and its reading, once for all tests."""
    sample = generate(load_recipe(recipe), heart_record(index, UNSEEN), seed=UNSEEN, index=index)
    return sample, Digitizer().read(sample.image, "page", fs_hz=sample.fs_hz)


@pytest.mark.slow
@pytest.mark.parametrize(("recipe", "floor_db"), [("clean", 18.0), ("mild", 14.0), ("crumpled", 8.0)])
def test_unseen_pages_are_read_above_the_floor_and_none_fails(recipe: str, floor_db: float) -> None:
    scores = []
    for index in range(2):
        sample, reading = unseen_page(recipe, index)
        scores.append(score_record(sample.as_printed(), reading.record))
    whole = total(scores)
    assert whole.failures == 0
    assert whole.capped_db >= floor_db


def test_a_reading_has_12_leads_of_10_s_and_nan_where_nothing_is_printed(digitizer: Digitizer) -> None:
    sample = generate(load_recipe("clean"), heart_record(0, UNSEEN), seed=UNSEEN, index=0)
    record = digitizer.read(sample.image, "page", fs_hz=250.0).record
    assert record.leads == LEADS
    assert record.mv.shape == (12, 2500)
    truth = sample.as_printed()
    for lead in LEADS:
        assert np.isfinite(record.lead(lead)).sum() == pytest.approx(np.isfinite(truth.lead(lead)).sum() / 2, abs=1)


def test_what_is_written_can_be_read_and_says_what_was_assumed(tmp_path: Path) -> None:
    sample, reading = unseen_page("mild", 1)
    write_reading(reading, sample.image, tmp_path, csv=True, overlay=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "page.csv", "page.dat", "page.hea", "page.json", "page.overlay.png",
    ]  # fmt: skip
    back = read_record(tmp_path / "page.hea")
    assert np.allclose(back.mv, reading.record.mv, atol=6e-4, equal_nan=True)
    about = json.loads((tmp_path / "page.json").read_text())
    assert about["columns"] == "sequential"
    assert "layout" in about["assumed"]
    assert set(about["expected_db"]) == set(LEADS)
    assert all(0.0 <= share <= 1.0 for share in about["confidence"].values())
    assert about["px_per_mm"] == pytest.approx(sample.px_per_mm, rel=0.1)
    overlay = cv2.imread(str(tmp_path / "page.overlay.png"))
    assert overlay is not None
    assert overlay.shape == sample.image.shape
    rows = (tmp_path / "page.csv").read_text().splitlines()
    assert rows[0] == "t_s," + ",".join(LEADS)
    assert len(rows) == 5001


@pytest.mark.slow
@pytest.mark.parametrize("turn", [1, 2, 3])
def test_a_page_that_is_turned_is_read_as_if_it_stood_upright(digitizer: Digitizer, turn: int) -> None:
    sample = generate(load_recipe("clean"), heart_record(2, UNSEEN), seed=UNSEEN, index=2)
    reading = digitizer.read(np.ascontiguousarray(np.rot90(sample.image, -turn)), "page", fs_hz=sample.fs_hz)
    assert reading.about["quarter_turns"] == turn
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 15.0


@pytest.mark.slow
def test_a_row_that_is_cut_off_is_not_read_from_its_neighbour(digitizer: Digitizer) -> None:
    sample = generate(with_layout(load_recipe("clean"), "3x4+II"), heart_record(2, UNSEEN), seed=UNSEEN, index=2)
    rhythm = next(trace for trace in sample.traces if trace.rhythm)
    cut = sample.image[: int(np.nanmin(rhythm.xy_px[:, 1]))]
    reading = digitizer.read(np.ascontiguousarray(cut), "page", fs_hz=sample.fs_hz)
    assert reading.about["cropped"] == ["II"]
    shown = np.isfinite(reading.record.lead("II"))
    assert shown[: int(2.4 * sample.fs_hz)].all()
    assert not shown[int(2.6 * sample.fs_hz) :].any()


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["muse-3x4+3R", "eli-3x4+1R", "edan-6x2+1R", "cabrera-6x2-50", "schiller-4x3+1R"])
def test_pages_of_other_vendors_are_found_and_read(digitizer: Digitizer, layout: str) -> None:
    recipe = with_layout(load_recipe("clean"), layout)
    sample = generate(recipe, heart_record(3, UNSEEN), seed=UNSEEN, index=3)
    reading = digitizer.read(sample.image, "page", fs_hz=sample.fs_hz)
    assert reading.about["layout"] == layout
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 10.0


@pytest.mark.slow
@pytest.mark.parametrize("shown", ["pulse", "words", "neither"])
def test_a_gain_is_said_to_be_assumed_where_only_the_heart_tells_it_and_neither_a_pulse_nor_words(
    digitizer: Digitizer, shown: str
) -> None:
    sample = generate(with_layout(load_recipe("clean"), "6x2-quarter"), heart_record(2, 5), seed=UNSEEN, index=4)
    paper = np.median(sample.image, axis=(0, 1))
    if shown != "pulse":
        (left, top), (right, bottom) = sample.map.forward(np.array([[8.0, 40.0], [21.3, 200.0]])).round().astype(int)
        sample.image[top:bottom, left:right] = paper
    if shown != "words":
        for mark in sample.marks:
            if "mm/mV" in mark.string:
                (left, top), _, (right, bottom), _ = np.round(mark.quad_px).astype(int)
                sample.image[top : bottom + 1, left : right + 1] = paper
    about = digitizer.read(sample.image, "page").about
    assert about["gain_mm_mv"] == 2.5
    assert ("gain" in about["assumed"]) is (shown == "neither")
    assert any("2.5 mm/mV assumed" in line for line in about["warnings"]) is (shown == "neither")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["3x4+II", "6x2", "strip-3x1"])
def test_a_copy_on_which_no_grid_is_left_is_read_by_its_names_rows_and_edges(digitizer: Digitizer, layout: str) -> None:
    usual = CATALOGUE[layout]
    bare = msgspec.structs.replace(usual.grid, fine="none", coarse="none")
    recipe = msgspec.structs.replace(load_recipe("clean"), layout=msgspec.structs.replace(usual, name="own", grid=bare))
    sample = generate(recipe, heart_record(3, UNSEEN), seed=UNSEEN, index=4)
    reading = digitizer.read(sample.image, "page", fs_hz=sample.fs_hz)
    assert reading.about["layout"] == layout
    assert reading.about["px_per_mm"] == pytest.approx(sample.px_per_mm, rel=0.01)
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 5.0


@pytest.mark.slow
@pytest.mark.parametrize(("gain", "speed"), [(5.0, 25.0), (20.0, 25.0), (10.0, 50.0)])
def test_a_format_at_settings_that_the_catalogue_lacks_is_read_at_those_that_its_pulse_shows(
    digitizer: Digitizer, gain: float, speed: float
) -> None:
    usual = CATALOGUE["muse-3x4+1R"]
    layout = Known(speed_mm_s=speed, gain_mm_mv=gain).applied(usual)
    layout = msgspec.structs.replace(layout, name="own", pulse=usual.pulse)
    recipe = msgspec.structs.replace(load_recipe("clean"), layout=layout)
    sample = generate(recipe, heart_record(2, 5), seed=UNSEEN, index=4)
    reading = digitizer.read(sample.image, "page", fs_hz=sample.fs_hz)
    assert (reading.about["gain_mm_mv"], reading.about["speed_mm_s"]) == (gain, speed)
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 15.0


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["muse-3x4+1R", "4x3+1R"])
def test_paper_that_runs_slower_than_usual_is_read_at_the_speed_that_is_printed(
    digitizer: Digitizer, layout: str
) -> None:
    slow = Settings(speed=1.0, speeds_mm_s=(12.5,))
    recipe = msgspec.structs.replace(with_layout(load_recipe("clean"), layout), settings=slow)
    sample = generate(recipe, heart_record(3, UNSEEN, duration_s=20.0), seed=UNSEEN, index=4)
    reading = digitizer.read(sample.image, "page", fs_hz=sample.fs_hz)
    assert reading.about["speed_mm_s"] == 12.5
    assert score_record(sample.as_printed(), reading.record).uncapped_db > 15.0


def test_what_the_user_knows_sets_time_and_voltage(digitizer: Digitizer) -> None:
    sample, reading = unseen_page("clean", 1)
    found = reading.record
    told = digitizer.read(sample.image, "page", known=Known(speed_mm_s=50.0, gain_mm_mv=20.0)).record
    assert told.duration_s == pytest.approx(found.duration_s / 2.0, abs=0.01)
    assert np.nanstd(told.mv[1]) == pytest.approx(np.nanstd(found.mv[1]) / 2.0, rel=0.05)


def test_what_the_user_knows_and_the_page_says_otherwise_is_told(digitizer: Digitizer) -> None:
    sample = generate(load_recipe("clean"), heart_record(1, UNSEEN), seed=UNSEEN, index=1)
    assert digitizer.read(sample.image, "page").about["contradicted"] == []
    told = digitizer.read(sample.image, "page", known=Known(speed_mm_s=50.0)).about
    assert told["contradicted"] == ["--speed 50, but 25 mm/s is printed"]
    assert any("25 mm/s is printed" in line for line in told["warnings"])


def test_a_page_that_looks_like_another_format_than_the_user_said_says_so(digitizer: Digitizer) -> None:
    sample, _ = unseen_page("clean", 1)
    for layout, warned in ((sample.layout, False), ("12x1", True)):
        about = digitizer.read(sample.image, "page", known=Known(layout=layout)).about
        assert (
            any(f"--layout {layout}, but it looks like {sample.layout}" in line for line in about["warnings"]) is warned
        )


def test_a_page_that_the_picture_cuts_off_is_read_as_far_as_it_goes(digitizer: Digitizer) -> None:
    sample = generate(load_recipe("clean"), heart_record(1, UNSEEN), seed=UNSEEN, index=1)
    edge = int(sample.map.forward(np.array([[sample.t0_mm + 8.0 * sample.speed_mm_s, 50.0]]))[0, 0])
    found = digitizer.read(np.ascontiguousarray(sample.image[:, :edge]), "page").record
    for lead, first_s, last_s in (("II", 0.0, 8.0), ("V1", 5.0, 7.5), ("V5", 7.5, 8.0)):
        shown = np.flatnonzero(np.isfinite(found.lead(lead))) / found.fs_hz
        assert (shown[0], shown[-1]) == pytest.approx((first_s, last_s), abs=0.02)


def test_a_strip_whose_end_is_cut_off_is_not_taken_for_a_format_of_more_columns(digitizer: Digitizer) -> None:
    sample = generate(with_layout(load_recipe("clean"), "strip-6x1"), heart_record(1, UNSEEN), seed=UNSEEN, index=1)
    found = digitizer.read(np.ascontiguousarray(sample.image[:, : int(0.7 * sample.size_px[0])]), "page").about
    assert found["layout"] == "strip-6x1"
    assert found["grid_certainty"] > 0.9


def _no_ecg(kind: str) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    if kind in ("letter", "chart"):
        figure = Figure(figsize=(14, 10), dpi=100)
        canvas = FigureCanvasAgg(figure)
        if kind == "letter":
            for line in range(40):
                words = " ".join("".join(rng.choice([*"aeiounrstlmd"], rng.integers(2, 9))) for _ in range(14))
                figure.text(0.1, 0.95 - 0.022 * line, words, fontsize=13)
        else:
            axes = figure.subplots(2, 2)
            for one in axes.flat:
                one.plot(rng.normal(size=(300, 3)).cumsum(axis=0))
                one.grid()
        canvas.draw()
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()
    pictures = {
        "white": np.full((1000, 1400, 3), 255),
        "noise": rng.integers(0, 256, (1000, 1400, 3)),
        "stripes": np.repeat(np.where(np.arange(1400) % 160 < 80, 255, 40)[None, :, None], 1000, axis=0) * [1, 1, 1],
        "grid": np.where((np.indices((1000, 1400)) % 40 < 2).any(axis=0)[..., None], [200, 120, 120], [255, 250, 250]),
        "scene": cv2.resize(
            rng.integers(0, 256, (9, 13, 3)).astype(np.uint8), (1400, 1000), interpolation=cv2.INTER_CUBIC
        ),
    }
    return pictures[kind].astype(np.uint8)


@pytest.mark.parametrize("kind", ["white", "noise", "stripes", "grid", "letter", "chart", "scene"])
def test_a_picture_that_is_no_ecg_is_refused_in_one_line(digitizer: Digitizer, kind: str) -> None:
    with pytest.raises(UserError) as caught:
        digitizer.read(_no_ecg(kind), "page")
    assert "\n" not in str(caught.value)
