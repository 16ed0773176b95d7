"""Promises of printed words: measured where a record allows, plausible elsewhere, safe, and set where the box says."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
import pytest

from synth.fonts import FONTS
from synth.generate import generate
from synth.glyphs import load_font
from synth.heart import heart_record
from synth.layout import Layout
from synth.letters import set_text
from synth.measure import find_beats, heart_rate_bpm, qrs_axis_deg
from synth.page import Text
from synth.parts import Field, Grid
from synth.recipe import Recipe
from synth.record import LEADS, EcgRecord
from synth.sample import Sample
from synth.words import WORDS, draw_words, fill


def _pulses(rate: float, one: float, foot: float) -> EcgRecord:
    """Triangular complexes at `rate` per minute, with given heights in I and aVF."""
    fs, n = 500.0, 5000
    mv = np.zeros((12, n))
    for beat in np.arange(0.4, 9.7, 60.0 / rate):
        k = round(beat * fs)
        shape = np.interp(np.arange(-20, 21), [-20, 0, 20], [0.0, 1.0, 0.0])
        mv[:, k - 20 : k + 21] += 0.5 * shape
        mv[LEADS.index("I"), k - 20 : k + 21] = one * shape
        mv[LEADS.index("aVF"), k - 20 : k + 21] = foot * shape
    return EcgRecord("p", fs, LEADS, mv)


@pytest.mark.parametrize("rate", [40, 60, 75, 100, 150])
def test_the_rate_is_measured(rate: int) -> None:
    record = _pulses(rate, 1.0, 0.0)
    assert heart_rate_bpm(record, find_beats(record)) == pytest.approx(rate, abs=1)


@pytest.mark.parametrize(
    ("one", "foot", "axis"),
    [(1.0, 0.0, 0), (0.0, 1.0, 90), (1.0, 3**0.5 / 2.0, 45), (-1.0, 0.0, 180), (1.0, -(3**0.5) / 2.0, -45)],
)
def test_the_axis_is_measured(one: float, foot: float, axis: int) -> None:
    record = _pulses(60, one, foot)
    found = qrs_axis_deg(record, find_beats(record))
    assert found is not None
    assert (found - axis + 180.0) % 360.0 - 180.0 == pytest.approx(0.0, abs=2.0)


@pytest.mark.parametrize("n", [0, 1, 7, 5000])
def test_a_record_without_beats_has_no_rate_and_still_gets_words(n: int) -> None:
    record = EcgRecord("flat", 500.0, LEADS, np.zeros((12, n)))
    beats = find_beats(record)
    assert heart_rate_bpm(record, beats) is None
    words = draw_words(record, np.random.default_rng(1))
    assert 30 < int(str(words["rate"])) < 200


@pytest.mark.parametrize("seed", range(30))
def test_drawn_measurements_are_plausible(seed: int) -> None:
    words = draw_words(heart_record(seed, 3), np.random.default_rng(seed))
    assert set(words) <= set(WORDS)
    number = {name: int(str(words[name])) for name in ("rate", "pr", "qrs", "qt", "qtc", "age", "p_axis", "t_axis")}
    assert 25 <= number["rate"] <= 260
    assert 100 < number["pr"] < 240
    assert 60 < number["qrs"] < 140
    assert number["qrs"] < number["qt"] < 650
    assert 300 < number["qtc"] < 650
    born, taken = words["birth"], words["date"]
    assert isinstance(born, datetime)
    assert isinstance(taken, datetime)
    assert 0 <= (taken - born).days // 365 - number["age"] <= 1


def test_words_take_widths_and_forms_of_dates() -> None:
    words = {"rate": 61, "date": datetime(2020, 3, 4), "time": datetime(2020, 3, 4, 5, 6)}
    assert fill("{rate:>5}|{rate:04}|{date:%d.%m.%y}|{time}|{{x}}", words) == "   61|0061|04.03.20|05:06:00|{x}"


@pytest.mark.parametrize(
    "text", ["{rate!r}", "{rate.real}", "{0}", "{}", "{rate[0]}", "{date:%{rate}}", "{rate:{rate}}"]
)
def test_a_text_can_look_up_nothing_but_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"word|form|width"):
        fill(text, {"rate": 61, "date": datetime(2020, 3, 4)})


@pytest.mark.parametrize("font", FONTS)
def test_every_font_has_all_letters_that_layouts_print(font: str) -> None:
    empty = {load_font(font, 40.0).getmask(" ").getbbox()}
    for sign in (chr(code) for code in range(33, 127)):
        assert load_font(font, 40.0).getmask(sign).getbbox() not in empty, sign


@pytest.mark.parametrize("anchor", ["left", "centre", "right"])
@pytest.mark.parametrize("x_mm", [50.0, 50.03, 50.07])
def test_a_text_stands_at_its_anchor(anchor: str, x_mm: float) -> None:
    word = set_text(Text("header", "HEH", (x_mm, 20.0), 4.0, "arimo-400", anchor), 20.0, (2000, 800))
    assert word is not None
    left, top, right, bottom = word.box_mm
    at = {"left": left, "centre": (left + right) / 2.0, "right": right}[anchor]
    assert at == pytest.approx(x_mm, abs=0.4)  # letters have bearings
    assert bottom == pytest.approx(20.0, abs=0.06)
    assert 2.5 < bottom - top < 3.2


@pytest.mark.parametrize("font", FONTS)
def test_words_on_paper_are_spaced_alike_however_coarsely_it_is_pictured(font: str) -> None:
    text, rasters = Text("header", "Name: Morrowind, Ines", (5.0, 8.0), 3.2, font, "left"), []
    for px_per_mm in (3, 24):
        raster = np.zeros((12 * px_per_mm, 80 * px_per_mm), dtype=np.uint8)
        word = set_text(text, float(px_per_mm), (raster.shape[1], raster.shape[0]))
        assert word is not None
        word.patches[0].lay_on(raster)
        rasters.append(raster)
    coarse, fine = rasters[0], cv2.resize(rasters[1], rasters[0].shape[::-1], interpolation=cv2.INTER_AREA)
    assert np.corrcoef(coarse.ravel(), fine.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("fitted", [False, True])
def test_a_text_of_spaces_is_no_word(fitted: bool) -> None:
    assert set_text(Text("header", "  ", (5.0, 8.0), 3.2, "arimo-400", "left"), 3.0, (90, 90), fitted=fitted) is None


def _code(printed_as: str, size_mm: float) -> Sample:
    field = Field(text="ID {id}", at_mm=(40.0, 40.0), size_mm=size_mm, printed_as=printed_as)
    layout = Layout(
        name="c", rows=(("I",),), t0_mm=20.0, zero_mm=(120.0,), fields=(field,), grid=Grid(fine="none", coarse="none")
    )
    return generate(Recipe(name="r", layout=layout, dpi=(300.0, 300.0)), heart_record(1, 1), seed=1, index=0)


def _around(sample: Sample) -> tuple[np.ndarray, str]:
    mark = next(mark for mark in sample.marks if mark.kind == "header")
    left, top, right, bottom = (int(edge) for edge in mark.box_px)
    part = sample.image[top : bottom + 1, left : right + 1]
    return cv2.copyMakeBorder(part, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=(255, 255, 255)), mark.string


def test_a_qr_code_holds_its_text() -> None:
    image, string = _around(_code("qr", 20.0))
    found, *_ = cv2.QRCodeDetector().detectAndDecode(image)
    assert found == string
    assert string.startswith("ID ")


def test_a_barcode_holds_its_text() -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    image, string = _around(_code("code39", 8.0))
    codes = zxingcpp.read_barcodes(image)
    assert [code.text for code in codes] == [string]


@pytest.mark.parametrize("seed", range(60))
def test_no_statement_contradicts_another_or_what_was_measured(seed: int) -> None:
    words = draw_words(heart_record(seed, 3), np.random.default_rng(seed))
    said, verdict = str(words["statements"]), words["verdict"]
    assert ("Prolonged QT" in said) == (int(str(words["qtc"])) > 460)
    assert not ("Low voltage" in said and "hypertrophy" in said)
    assert (verdict == "Normal ECG") == (said == "Normal sinus rhythm")
    assert not (verdict == "Abnormal ECG" and "\n" not in said and "inus" in said)


def test_no_sinus_rhythm_is_said_of_beats_that_come_as_they_like() -> None:
    fs, n, mv = 500.0, 5000, np.zeros((12, 5000))
    for beat in np.cumsum([0.4, 0.6, 1.1, 0.5, 0.9, 0.45, 1.2, 0.7, 0.5, 1.0]):
        k = round(beat * fs)
        mv[:, k - 20 : min(n, k + 21)] += np.interp(np.arange(-20, 21), [-20, 0, 20], [0.0, 1.0, 0.0])
    words = draw_words(EcgRecord("f", fs, LEADS, mv), np.random.default_rng(0))
    assert "inus" not in str(words["statements"])
