"""Promises of layouts: the catalogue is whole, and every layout places, prints and labels what it says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth.catalogue import CATALOGUE, find_layout
from synth.colours import GRID_COLOURS
from synth.degrade.capture.camera import Perspective, Tilt
from synth.degrade.printers.printer import Ideal, Office, Thermal
from synth.errors import UserError
from synth.fonts import FONTS
from synth.generate import generate
from synth.heart import heart_record
from synth.labels import Mark
from synth.layout import Layout
from synth.parts import Field, Grid, LeadName, Pulse
from synth.recipe import Recipe, load_recipe, with_layout
from synth.record import LEADS, EcgRecord
from synth.recorder import Recorder
from synth.sample import Sample
from synth.style import Style, draw_style

_EVERY = list(CATALOGUE)
_NO_GRID = Style(fine=(0.0, 0.0), coarse=(0.0, 0.0), ink=(0.0, 0.0))


def _page(layout: str, style: Style = _NO_GRID, dpi: float = 80.0, seed: int = 1) -> Sample:
    return generate(
        Recipe(name="r", layouts=(layout,), style=style, dpi=(dpi, dpi)), heart_record(seed, 1), seed=seed, index=0
    )


def test_the_catalogue_holds_every_common_way_of_printing() -> None:
    assert len(CATALOGUE) >= 24
    shapes = {(len(layout.rows), layout.column_count, len(layout.rhythm)) for layout in CATALOGUE.values()}
    assert shapes >= {
        (3, 4, 0), (3, 4, 1), (3, 4, 2), (3, 4, 3), (6, 2, 0), (6, 2, 1), (12, 1, 0), (4, 3, 0), (4, 3, 1), (2, 6, 0),
        (2, 6, 2), (3, 1, 0), (6, 1, 0), (0, 0, 1), (4, 2, 4),
    }  # fmt: skip
    assert {layout.speed_mm_s for layout in CATALOGUE.values()} == {12.5, 25.0, 50.0}
    assert {layout.gain_mm_mv for layout in CATALOGUE.values()} == {2.5, 5.0, 10.0, 20.0}
    assert {layout.columns for layout in CATALOGUE.values()} == {"sequential", "simultaneous"}


@pytest.mark.parametrize("name", _EVERY)
def test_every_sample_that_a_layout_prints_is_labelled_once(name: str) -> None:
    layout, sample = find_layout(name), _page(name)
    record = heart_record(1, 1)
    named = [lead for row in (*layout.rows, layout.rhythm) for lead in row]
    assert sorted(trace.lead for trace in sample.traces) == sorted(lead.removeprefix("-") for lead in named)
    assert [trace.inverted for trace in sample.traces] == [lead.startswith("-") for lead in named]
    clear_s = layout.clear_mm / layout.speed_mm_s
    for trace in sample.traces:
        steps = np.diff(trace.t_s)
        np.testing.assert_allclose(steps, 1.0 / record.fs_hz)
        seconds = len(trace.t_s) / record.fs_hz + clear_s
        assert seconds == pytest.approx(min(layout.strip_s if trace.rhythm else layout.column_s, 10.0), abs=0.01)
    if layout.columns == "sequential" and layout.rows:
        for row in range(len(layout.rows)):
            t_s = np.concatenate([trace.t_s for trace in sample.traces if trace.row == row])
            whole_s = np.arange(round(min(layout.column_count * layout.column_s, 10.0) * record.fs_hz)) / record.fs_hz
            shown = (whole_s + 1e-9) % layout.column_s < layout.column_s - clear_s
            np.testing.assert_array_equal(t_s, whole_s[shown])


def test_leads_of_muse_stand_over_their_rhythm_strip_and_leave_paper_clear_before_the_next() -> None:
    sample = _page("muse-3x4+3R")
    short, strip = (next(t for t in sample.traces if t.lead == "V1" and t.rhythm == rhythm) for rhythm in (False, True))
    mm = [sample.map.inverse(trace.xy_px)[:, 0] for trace in (short, strip)]
    same = np.searchsorted(strip.t_s, short.t_s - 1e-9)
    np.testing.assert_allclose(mm[0], mm[1][same], atol=1e-6)
    after = next(trace for trace in sample.traces if trace.lead == "V4")
    clear_mm = sample.map.inverse(after.xy_px)[0, 0] - mm[0][-1]
    assert clear_mm == pytest.approx(0.75, abs=0.06)


@pytest.mark.parametrize("name", _EVERY)
def test_the_record_comes_back_from_what_is_printed(name: str) -> None:
    record = heart_record(1, 1)
    found = _page(name).as_printed()
    printed = np.isfinite(found.mv)
    n = found.mv.shape[1]
    assert printed.any()
    np.testing.assert_allclose(found.mv[printed], record.mv[:, :n][printed], atol=1e-9)


_SPAN = st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)).map(sorted)


def _span(low: float, high: float) -> st.SearchStrategy[tuple[float, float]]:
    return _SPAN.map(lambda ends: (low + ends[0] * (high - low), low + ends[1] * (high - low)))


_STYLES = st.builds(
    Style,
    trace_mm=_span(0.2, 0.8),
    pens=st.sampled_from([("line",), ("columns",), ("dots",)]),
    antialiased=st.sampled_from([0.0, 1.0]),
    ink=st.just((0.0, 0.0)),
    fine=st.just((0.0, 0.0)),
    coarse=st.just((0.0, 0.0)),
    print_shift_mm=_span(-6.0, 6.0),
    grid_shift_mm=_span(-3.0, 3.0),
    text_scale=_span(0.7, 1.1),
    text_shift_mm=_span(0.0, 1.0),
    fonts=st.lists(st.sampled_from(FONTS), max_size=2).map(tuple),
)
_RECIPES = st.builds(
    Recipe,
    name=st.just("random"),
    layouts=st.tuples(st.sampled_from(_EVERY)),
    style=_STYLES,
    dpi=_span(50.0, 90.0),
    desk=st.just((1.0, 1.0)),
    recorder=st.builds(Recorder, amplitude=_span(0.2, 5.0), paced=st.sampled_from([0.0, 1.0])),
    printers=st.tuples(st.sampled_from([Ideal(), Office(halftone=(0.0, 0.0)), Thermal(feed_mm=(0.0, 0.3))])),
    capture=st.sampled_from([(), (Tilt((0.0, 20.0)),), (Tilt((0.0, 45.0)), Perspective((0.0, 20.0)))]),
)


@pytest.mark.slow
@settings(max_examples=80)
@given(recipe=_RECIPES, seed=st.integers(0, 10**6))
def test_nothing_leaves_the_paper_and_boxes_contain_their_ink(recipe: Recipe, seed: int) -> None:
    sample = generate(recipe, heart_record(seed, 1), seed=seed, index=0)
    reach = 0.3 if isinstance(recipe.printers[0], Thermal) else 0.0  # an unsteady feed shifts the end of the head, too
    for trace in sample.traces:
        mm = sample.map.inverse(trace.xy_px)
        assert (mm >= trace.width_mm / 2.0 - reach - 1e-6).all()
        assert (mm <= np.array(sample.page_mm) - trace.width_mm / 2.0 + reach + 1e-6).all()
        assert trace.visible.all()
        assert len(np.unique(trace.t_s)) == len(trace.t_s)
    dark = sample.image.min(axis=2) < 245
    for mark in sample.marks:
        left, top, right, bottom = mark.box_px
        dark[max(0, int(top - 1.5)) : int(bottom + 3.5), max(0, int(left - 1.5)) : int(right + 3.5)] = False
    assert not dark.any()


def _grown(mark: Mark) -> tuple[float, float, float, float]:
    """The box with the pixels that its edges touch."""
    left, top, right, bottom = mark.box_px
    return (
        np.floor(left + 0.5) - 0.5,
        np.floor(top + 0.5) - 0.5,
        np.ceil(right - 0.5) + 0.5,
        np.ceil(bottom - 0.5) + 0.5,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", _EVERY)
def test_no_text_leaves_the_paper_or_covers_another(name: str) -> None:
    for seed in range(3):
        sample = _page(name, seed=seed, dpi=150.0)
        words = [mark for mark in sample.marks if mark.kind in ("header", "footer")]
        h, w = sample.image.shape[:2]
        for mark in words:
            left, top, right, bottom = mark.box_px
            assert -0.5 <= left < right <= w - 0.5, mark
            assert -0.5 <= top < bottom <= h - 0.5, mark
        for k, one in enumerate(words):
            for other in words[:k]:
                assert not _meet(one, other), (one.string, other.string)


def _meet(one: Mark, other: Mark) -> bool:
    x = min(one.box_px[2], other.box_px[2]) - max(one.box_px[0], other.box_px[0])
    y = min(one.box_px[3], other.box_px[3]) - max(one.box_px[1], other.box_px[1])
    return x > 1.0 and y > 1.0


def test_rose_paper_comes_with_red_grids_alone_and_with_those_it_does() -> None:
    layout, seen = find_layout("3x4+II"), set()
    for name, colour in GRID_COLOURS.items():
        style = Style(papers=("white", "rose"), grid_colours=(name,))
        drawn = [draw_style(style, layout, np.random.default_rng(np.random.SeedSequence(seed))) for seed in range(20)]
        assert {page.fine_colour for page in drawn} == {colour}
        seen |= {name for page in drawn if page.paper[1] < page.paper[0]}
    assert seen == {"pink", "magenta", "salmon", "red", "orange", "tan"}


def test_boxes_are_tight() -> None:
    sample = _page("muse-3x4+3R", dpi=200.0)
    dark = sample.image.min(axis=2) < 250
    for mark in sample.marks:
        left, top, right, bottom = (round(edge + 0.5) for edge in _grown(mark))
        inside = dark[top:bottom, left:right]
        for side in (inside[:2], inside[-2:], inside[:, :2], inside[:, -2:]):
            assert side.any(), mark


def test_columns_of_the_same_time_begin_together_and_sequential_ones_follow() -> None:
    for name, first in (("6x2-same-time", 0.0), ("6x2", 5.0)):
        right = next(trace for trace in _page(name).traces if trace.lead == "V1")
        assert right.t_s[0] == first
        layout = find_layout(name)
        x = right.t0_mm + layout.speed_mm_s * right.t_s[0]
        assert x == pytest.approx(layout.column_mm(1))


def test_an_inverted_lead_is_labelled_as_drawn_and_read_back_upright() -> None:
    sample = _page("cabrera-6x2")
    trace = next(trace for trace in sample.traces if trace.lead == "aVR")
    true = heart_record(1, 1).lead("aVR")
    assert true is not None
    assert trace.inverted
    np.testing.assert_array_equal(trace.mv, -true[: len(trace.mv)])
    printed = sample.as_printed().lead("aVR")
    assert printed is not None
    np.testing.assert_array_equal(printed[: len(trace.mv)], true[: len(trace.mv)])
    assert "-aVR" in [mark.string for mark in sample.marks if mark.kind == "lead_name"]


def test_chest_leads_may_have_a_gain_of_their_own_and_their_pulse_shows_it() -> None:
    sample = _page("3x4+1R-half-chest")
    assert {trace.lead: trace.gain_mm_mv for trace in sample.traces} == {
        lead: 5.0 if lead.startswith("V") else 10.0 for lead in LEADS
    }
    heights = [(m.box_px[3] - m.box_px[1]) / sample.px_per_mm for m in sample.marks if m.kind == "pulse"]
    assert sorted(round(height) for height in heights) == [5, 5, 5, 10, 10, 10, 10, 10]


def test_what_would_leave_the_grid_is_cut_in_ink_and_label() -> None:
    heart = heart_record(1, 1)
    giant = EcgRecord(heart.name, heart.fs_hz, heart.leads, heart.mv * 8.0)
    sample = generate(with_layout(load_recipe("clean"), "muse-3x4+3R"), giant, seed=1, index=0)
    _, top, _, bottom = sample.grid_box_mm
    y = np.concatenate([sample.map.inverse(trace.xy_px)[:, 1] for trace in sample.traces])
    assert y.min() == pytest.approx(top + 0.15)
    assert y.max() <= bottom - 0.15 + 1e-9
    for trace in sample.traces:
        y_mm = sample.map.inverse(trace.xy_px)[:, 1]
        np.testing.assert_allclose((trace.zero_mm - y_mm) / trace.gain_mm_mv, trace.mv, atol=1e-9)


OWN = """
name = "own"
page_mm = [210, 100]
rows = [["I", "-aVR"], ["II", "V1"]]
columns = "simultaneous"
column_s = 3
gap_mm = 2
t0_mm = 20
zero_mm = [40, 75]
chest_gain_mm_mv = 5
separator = {kind = "dotted", at = "starts", through = true}
pulse = {side = "both", rows = "last", feet_mm = 1}
lead_name = {offset_mm = [1, -8], text = "Lead {lead}", font = "tinos-700"}
grid = {fine = "dots", box_mm = [5, 20, 205, 95], bold_mm = 25, colours = ["green"]}

[[fields]]
text = "{name}, born {birth:%d.%m.%Y}: {rate:>4}/min"
at_mm = [200, 10]
anchor = "right"
"""


def test_a_layout_of_ones_own_needs_a_toml_file_only(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    recipe = with_layout(load_recipe("clean"), str(tmp_path / "own.toml"))
    sample = generate(recipe, heart_record(1, 1), seed=1, index=0)
    assert [trace.lead for trace in sample.traces] == ["I", "aVR", "II", "V1"]
    strings = [mark.string for mark in sample.marks if mark.kind in ("header", "lead_name")]
    assert strings[:4] == ["Lead I", "Lead -aVR", "Lead II", "Lead V1"]
    assert "born" in strings[4]
    assert sum(mark.kind == "pulse" for mark in sample.marks) == 2
    assert sum(mark.kind == "separator" for mark in sample.marks) == 2


BAD = {
    "pulse off the paper": (("t0_mm = 20", "t0_mm = 4"), "move t0_mm, or narrow the pulse"),
    "leads left out": (("gap_mm = 2", "gap_mm = 2\nclear_mm = 60"), "leaves little of leads 75 mm wide"),
    "grid off the paper": (("205, 95]", "205, 195]"), "leaves the 210 x 100 mm paper; make it smaller"),
    "rows outside the grid": (("[40, 75]", "[10, 75]"), "leaves the grid's box_mm (20 to 95 mm)"),
    "box inside out": (("[5, 20, 205, 95]", "[205, 20, 5, 95]"), "swap its ends"),
    "field off the paper": (("at_mm = [200, 10]", "at_mm = [220, 10]"), "off the paper; move its at_mm"),
    "unknown word": (("{rate:>4}", "{heart_rate}"), "unknown word {heart_rate} in a text; did you mean 'rate'?"),
    "a form that the word has not": (("{rate:>4}", "{rate:.2f}"), "a width such as >6"),
    "a form of a date": (("%d.%m.%Y", "%"), "a date's form is like"),
    "attribute of a word": (("{name}", "{name.__class__}"), "unknown word {name.__class__}"),
    "endless width": (("{rate:>4}", "{rate:>999999999}"), "a width such as >6"),
    "open brace": (("{name}", "{name"), "write {{ for a brace"),
    "lead name without a lead": (("Lead {lead}", "Lead"), "write {lead}"),
    "font": (("tinos-700", "times"), "font must be one of"),
    "colour": (('["green"]', '["greenish"]'), "grid colours are"),
    "kind of separator": (("dotted", "dottted"), "'dottted'"),
    "letters that would fill memory": (('anchor = "right"', 'anchor = "right"\nsize_mm = 2000'), "<= 30"),
    "endless line": (("born", "b" * 300), "has a line of more than 200 signs"),
    "more than a code holds": (("born", "b\\n" * 600), "more than 1000 in all"),
    "signs that cannot be printed": (("born", "\\u0000"), "cannot be printed"),
    "a lead name of two lines": (("Lead {lead}", "a\\n{lead}"), "must be one line"),
    "endless dots": (('at = "starts"', 'at = "starts", clear_mm = 1e-9'), ">= 0.2"),
    "endless grid": (("bold_mm = 25", "pitch_mm = [1e-9, 5]"), ">= 0.2"),
    "upside down and unknown": (("-aVR", "-aVX"), "unknown lead '-aVX'"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_layout_that_contradicts_itself_is_refused_with_place_and_cure(what: str, tmp_path: Path) -> None:
    (old, new), word = BAD[what]
    assert old in OWN
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        with_layout(load_recipe("clean"), str(path))
    assert word in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_layout_that_is_none_is_refused_with_the_nearest() -> None:
    with pytest.raises(UserError, match="did you mean 'muse-3x4"):
        find_layout("muse-3x4+3r")


def test_parts_of_a_layout_may_be_left_away() -> None:
    bare = Layout(
        name="bare", rows=(("I",),), t0_mm=0.0, zero_mm=(50.0,), pulse=None, separator=None, lead_name=None,
        grid=Grid(fine="none", coarse="none"),
    )  # fmt: skip
    sample = generate(Recipe(name="r", layout=bare), heart_record(1, 1), seed=1, index=0)
    assert {mark.kind for mark in sample.marks} == {"lead"}
    assert Pulse().side == "left"
    assert LeadName().text == "{lead}"
    assert Field(text="x", at_mm=(0.0, 0.0)).kind == "header"


def test_more_text_than_a_qr_code_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="more than a QR code of 2000 bytes holds"):
        Field(text="\n".join(["\U0001f600" * 150] * 4), at_mm=(10.0, 10.0), printed_as="qr")
