"""Formats: with eyes that err in nothing, every layout is found, and those that no catalogue holds are described."""

from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
import pytest

from infer.format.find import find_format, likelier_settings
from infer.format.layouts import Found, find_layout_on_page
from infer.format.unknown import describe
from infer.known import NOTHING, Known
from infer.networks.backend import PageSeen
from infer.networks.view import GAINS_MM_MV, SPEEDS_MM_S, cell_centres
from infer.page.canvas import PULSE, Canvas, spread_out
from infer.page.rectify import PageMap
from synth.catalogue import CATALOGUE
from synth.errors import UserError
from synth.generate import generate
from synth.geometry import affine, compose
from synth.heart import heart_record
from synth.recipe import load_recipe, with_layout
from synth.record import LEADS
from synth.sample import Sample
from train.page import page_targets

SURE = 6.0


def sure(classes: np.ndarray, count: int) -> np.ndarray:
    """Logits that are sure of these classes, (count, h, w)."""
    return (SURE * (np.arange(count)[:, None, None] == classes)).astype("f4")


def seen_of(sample: Sample) -> PageSeen:
    """What is to be seen of a page."""
    seen = page_targets(sample, 0)
    h, w = seen.paper.shape
    speed = np.where(seen.speed < 0, SPEEDS_MM_S.index(25.0), seen.speed)
    return PageSeen(
        phase=seen.phase,
        paper=SURE * (2.0 * seen.paper - 1.0),
        turn=np.zeros((4, h, w), "f4"),
        name=sure(seen.name, 13),
        rows=(SURE * (2.0 * seen.rows - 1.0)).astype("f4"),
        pulse=sure(seen.pulse, 1 + len(GAINS_MM_MV)),
        speed=sure(speed, len(SPEEDS_MM_S)),
        words=sure(seen.words, 1 + len(SPEEDS_MM_S) + len(GAINS_MM_MV)),
    )


@lru_cache(maxsize=64)
def canvas_of(layout: str) -> Canvas:
    """What is to be seen of a clean page, laid flat."""
    sample = generate(with_layout(load_recipe("clean"), layout), heart_record(1, 1), seed=1, index=1)
    seen = seen_of(sample)
    h, w = seen.paper.shape
    px = cell_centres(sample.size_px, (4 * w, 4 * h))
    mm = (sample.map.inverse(px) - sample.grid_origin_mm).reshape(h, w, 2)
    to_px = compose([affine(1.0, sample.grid_origin_mm), sample.map])
    return spread_out(seen, PageMap(to_px, mm, seen.paper > 0, 8.0, 1.0, 0.0))


def same_page(found: str, true: str) -> bool:
    """Whether two formats look alike: columns at the same time, and others, have a twin."""
    if found not in CATALOGUE:
        return False
    a, b = CATALOGUE[found], CATALOGUE[true]
    return a.rows == b.rows and a.rhythm == b.rhythm and a.speed_mm_s == b.speed_mm_s and a.gain_mm_mv == b.gain_mm_mv


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_layout_is_told_from_all_others(name: str) -> None:
    found, _ = find_format(canvas_of(name), NOTHING)
    assert same_page(found.layout.name, name)


@pytest.mark.parametrize("mistaken", ["I", "III", "aVR", "aVF"])
def test_a_strip_whose_name_is_mistaken_is_not_taken_for_a_corner_of_a_large_page(mistaken: str) -> None:
    canvas, lead = canvas_of("strip-1x1"), LEADS.index(mistaken)
    planes = canvas.planes.copy()
    planes[[lead, LEADS.index("II")]] = canvas.planes[[LEADS.index("II"), lead]]
    planes[PULSE:] = 0.0
    sums = np.pad(planes, ((0, 0), (1, 0), (1, 0))).cumsum(axis=1).cumsum(axis=2)
    seen = Canvas(planes, sums, canvas.origin_mm, canvas.speed, canvas.words_speed, canvas.words_gain)
    assert find_layout_on_page(seen, list(CATALOGUE.values())).layout.name == "strip-1x1"


@pytest.mark.parametrize("name", ["3x4+II", "muse-3x4+3R", "6x2+1R", "12x1", "4x3+1R"])
def test_a_format_that_the_catalogue_lacks_is_described_as_it_is_seen(name: str) -> None:
    seen, true = describe(canvas_of(name)), CATALOGUE[name]
    assert seen is not None
    assert seen.layout.rows == true.rows
    assert seen.layout.rhythm == true.rhythm
    assert seen.layout.speed_mm_s == true.speed_mm_s
    assert seen.layout.gain_mm_mv == true.gain_mm_mv
    assert np.allclose(np.diff(seen.layout.zero_mm), np.diff(true.zero_mm), atol=0.6)
    assert seen.layout.column_s == pytest.approx(true.column_s, abs=0.04)


def test_names_that_cannot_be_read_are_those_that_usually_stand_there() -> None:
    canvas = canvas_of("3x4+II")
    planes = canvas.planes.copy()
    planes[[0, 5]] = planes[[5, 0]] * 0.1
    planes[6:12] = 0.0
    sums = np.pad(planes, ((0, 0), (1, 0), (1, 0))).cumsum(axis=1).cumsum(axis=2)
    seen = describe(Canvas(planes, sums, canvas.origin_mm, canvas.speed, canvas.words_speed, canvas.words_gain))
    assert seen is not None
    assert seen.layout.rows == CATALOGUE["3x4+II"].rows
    assert "leads" in seen.assumed


def test_a_listed_format_whose_rows_lie_elsewhere_has_them_where_the_page_does(monkeypatch: pytest.MonkeyPatch) -> None:
    canvas, true = canvas_of("muse-3x4+3R"), CATALOGUE["muse-3x4+3R"]
    wider = msgspec.structs.replace(true, zero_mm=tuple(69.0 + 26.3 * np.arange(6)))
    monkeypatch.setattr("infer.known.CATALOGUE", {wider.name: wider})
    found, assumed = find_format(canvas, NOTHING, described=False)
    assert found.layout.name == "muse-3x4+3R"
    assert np.allclose(np.diff(found.layout.zero_mm), np.diff(true.zero_mm), atol=0.6)
    assert assumed == ["layout"]


def test_it_is_taken_where_no_layout_of_the_catalogue_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    others = {name: layout for name, layout in CATALOGUE.items() if layout.rows != CATALOGUE["4x3+1R"].rows}
    monkeypatch.setattr("infer.known.CATALOGUE", others)
    found, assumed = find_format(canvas_of("4x3+1R"), NOTHING)
    assert found.layout.name == "unknown"
    assert found.layout.rows == CATALOGUE["4x3+1R"].rows
    assert "layout" not in assumed


def test_what_the_user_knows_is_taken() -> None:
    found, assumed = find_format(canvas_of("3x4+II"), Known(speed_mm_s=50.0, gain_mm_mv=20.0))
    assert found.layout.speed_mm_s == 50.0
    assert found.layout.gain_mm_mv == 20.0
    assert found.layout.column_s == pytest.approx(1.25)
    assert "speed" not in assumed
    only = find_layout_on_page(canvas_of("3x4+II"), Known(layout="6x2").layouts())
    assert only.layout.name == "6x2"


def test_a_layout_of_ones_own_can_be_read_too(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\npage_mm = [250, 120]\nrows = [["I", "II"]]\nzero_mm = [60]\nt0_mm = 15\ncolumn_s = 4\n'
    )
    (layout,) = Known(layout=str(own), gain_mm_mv=5.0).layouts()
    assert (layout.rows, layout.gain_mm_mv) == ((("I", "II"),), 5.0)


def test_rows_of_a_named_format_are_read_where_the_page_has_them(tmp_path: Path) -> None:
    own, true = tmp_path / "own.toml", CATALOGUE["3x4+II"]
    rows = '[["I", "aVR", "V1", "V4"], ["II", "aVL", "V2", "V5"], ["III", "aVF", "V3", "V6"]]'
    closer = [true.zero_mm[0] + 0.8 * (zero - true.zero_mm[0]) for zero in true.zero_mm]
    own.write_text(f'name = "own"\nrows = {rows}\nrhythm = ["II"]\nzero_mm = {closer}\nt0_mm = {true.t0_mm}\n')
    found, _ = find_format(canvas_of("3x4+II"), Known(layout=str(own)))
    assert found.layout.name == "own"
    assert np.allclose(np.diff(found.layout.zero_mm), np.diff(true.zero_mm), atol=0.6)


@pytest.mark.parametrize("name", CATALOGUE)
def test_rows_of_a_named_format_that_stand_where_it_has_them_are_left_there(name: str) -> None:
    found, _ = find_format(canvas_of(name), Known(layout=name))
    assert found.layout == CATALOGUE[name]


@pytest.mark.parametrize("known", [Known(speed_mm_s=1.0), Known(gain_mm_mv=1000.0), Known(layout="none")])
def test_what_cannot_be_is_refused_in_one_line(known: Known) -> None:
    with pytest.raises(UserError) as caught:
        known.layouts()
    assert "\n" not in str(caught.value)


def test_a_pulse_that_would_not_fit_at_another_speed_is_not_tried_there() -> None:
    near_the_edge = msgspec.structs.replace(CATALOGUE["3x4+II"], t0_mm=8.0)
    found = Found(near_the_edge, (0.0, 0.0), 0.9, 0.9)
    likelier = likelier_settings(found, heart_record(0, 1), NOTHING, lambda _: 0.0, lambda _: (0.0, 0.0))
    assert likelier.layout.speed_mm_s == near_the_edge.speed_mm_s


def test_a_lead_that_is_usually_drawn_upside_down_is_in_a_format_that_the_catalogue_lacks_too() -> None:
    seen = describe(canvas_of("cabrera-6x2"))
    assert seen is not None
    assert seen.layout.rows == CATALOGUE["cabrera-6x2"].rows


def test_columns_that_are_not_evenly_apart_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two beginnings that are none stand soon after the first."""
    monkeypatch.setattr("infer.format.unknown.seen_columns", lambda *_: ([5.0, 21.0, 37.0, 111.0, 186.0, 261.0], 285.0))
    seen = describe(canvas_of("3x4+II"))
    assert seen is not None
    assert seen.layout.column_count == 6
