"""Columns to heights, and heights to leads."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from infer.leads.lead import read_leads
from infer.rows import strip_grid
from infer.rows.strip_grid import grid_shift
from infer.rows.strips import HALF_MM, ROWS, Y_PX_MM, above_mm, column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, find_time_axis, on_grid, strip_columns
from infer.rows.trace import Column, by_owner, distribution, read_columns
from synth.catalogue import CATALOGUE, COMPETITION
from synth.grid_lines import even_mm
from synth.layout import Layout

SURE = 8.0


def logits(rows: NDArray[np.float64], sigma: float = 1.2) -> NDArray[np.float32]:
    """A network that is sure of these rows."""
    return (-0.5 * ((np.arange(ROWS)[:, None] - rows) / sigma) ** 2).astype(np.float32)


def test_a_peak_between_two_rows_is_read_between_them() -> None:
    rows = np.linspace(20.0, 300.0, 200)
    seen = read_columns(
        distribution(logits(rows)), np.full(200, SURE, "f4"), np.full((2, 200), -SURE, "f4"), np.zeros((2, 200), "f4")
    )
    assert np.abs(seen.above_mm - above_mm(rows)).max() < 0.01


def test_where_nothing_is_printed_nothing_is_believed() -> None:
    seen = read_columns(
        distribution(logits(np.full(50, 100.0))),
        np.full(50, -SURE, "f4"),
        np.full((2, 50), -SURE, "f4"),
        np.zeros((2, 50), "f4"),
    )
    assert seen.confidence.max() < 0.01


def test_a_strip_that_was_cut_wrongly_is_put_right_by_its_own_grid() -> None:
    x = column_mm(np.arange(1.5, 800, 4.0)) + 3.3
    y = np.arange(2.0, ROWS, 4.0)[:, None] / Y_PX_MM - HALF_MM + 61.7
    right, down = 0.8 * np.sin(x / 25), 1.1 * np.cos(x / 20)
    turns = [2 * np.pi / pitch * at for at in (x + right + 0.0 * y, y + down) for pitch in (5.0, 1.0)]
    phase = np.stack([wave(turn) for turn in turns for wave in (np.cos, np.sin)]).astype("f4")
    shift = grid_shift(phase, (3.3, 61.7 - HALF_MM))
    assert np.abs(shift - np.stack([right, down], axis=1))[10:-10, 10:-10].max() < 0.04
    seen = read_columns(
        distribution(logits(np.full(800, 190.0))),
        np.zeros(800, "f4"),
        np.zeros((2, 800), "f4"),
        np.zeros((2, 800), "f4"),
        shift,
    )
    columns, cells = np.arange(800), np.arange(1.5, 800, 4.0)
    assert np.abs(seen.x_mm - column_mm(columns) - np.interp(columns, cells, right))[40:-40].max() < 0.05
    assert np.abs(seen.above_mm - above_mm(190.0) + np.interp(columns, cells, down))[40:-40].max() < 0.07
    assert np.allclose(seen.row, 190.0, atol=1e-3)


def _phase_of(right_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Phases of a strip whose cells were cut so far to the right, (H / 4, W / 4), of where they were meant to be."""
    x = column_mm(np.arange(1.5, 4.0 * right_mm.shape[1], 4.0)) + right_mm
    y = np.arange(2.0, ROWS, 4.0)[:, None] / Y_PX_MM + 0.0 * right_mm
    turns = [2 * np.pi / pitch * at for at in (x, y) for pitch in (5.0, 1.0)]
    return np.stack([wave(turn) for turn in turns for wave in (np.cos, np.sin)]).astype("f4")


def test_creases_that_the_grid_clearly_shows_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    at = column_mm(np.arange(1.5, 2400, 4.0))
    crease = np.tile(0.1 * (15.0 - np.abs(at - 120.0)).clip(0.0), (ROWS // 4, 1))
    sharp = np.abs(grid_shift(_phase_of(crease), (0.0, 0.0))[..., 0] - crease)[:, 20:-20].max()
    monkeypatch.setattr("infer.rows.strip_grid._SHARP", strip_grid._BENT)
    assert sharp < 0.75 * np.abs(grid_shift(_phase_of(crease), (0.0, 0.0))[..., 0] - crease)[:, 20:-20].max()


def test_noise_of_single_cells_is_not_followed() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.06, (ROWS // 4, 600))
    assert grid_shift(_phase_of(noise), (0.0, 0.0))[..., 0].std() < 0.06 / 15.0


@pytest.mark.parametrize("far_mm", [2.0, -1.6])
def test_a_grid_that_is_made_out_where_it_is_hidden_is_not_believed(far_mm: float) -> None:
    right = np.tile(0.4 * np.sin(column_mm(np.arange(1.5, 2400, 4.0)) / 30.0), (ROWS // 4, 1))
    hidden = np.zeros(right.shape, dtype=bool)
    hidden[30:90, 250:330] = True  # as under glare: as far off as 2 mm, and less sure
    phase = np.where(hidden, 0.45 * _phase_of(right + far_mm), _phase_of(right)).astype("f4")
    error = np.abs(grid_shift(phase, (0.0, 0.0))[..., 0] - right)
    assert error[hidden].max() < 0.3
    assert error[:, 20:230].max() < 0.02


def test_a_faint_grid_is_believed_as_a_clear_one_is() -> None:
    right = np.tile(0.4 * np.sin(column_mm(np.arange(1.5, 2400, 4.0)) / 12.0), (ROWS // 4, 1))
    clear, faint = (grid_shift(share * _phase_of(right), (0.0, 0.0)) for share in (1.0, 0.6))
    assert np.abs(clear - faint).max() < 0.01


def test_lines_that_were_printed_on_whole_pixels_do_not_move_a_strip() -> None:
    x = column_mm(np.arange(1.5, 2400, 4.0)) + 37.0
    y = np.arange(2.0, ROWS, 4.0)[:, None] / Y_PX_MM - HALF_MM + 90.0
    seen = [even_mm(at, 5.0, 200.0) for at in (x, y)]
    assert max(np.abs(at - even).max() for at, even in zip((x, y), seen, strict=True)) > 0.05
    turns = [2 * np.pi / pitch * at for at in (seen[0] + 0.0 * y, seen[1] + 0.0 * x) for pitch in (5.0, 1.0)]
    phase = np.stack([wave(turn) for turn in turns for wave in (np.cos, np.sin)]).astype("f4")
    assert np.abs(grid_shift(phase, (37.0, 90.0 - HALF_MM), raster_dpi=200.0)).max() < 1e-4


def _nearest(mm: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far to the right the nearest place lies; far away where there is none."""
    away = np.append(places, 1e3) - mm[:, None]
    return np.asarray(away[np.arange(len(mm)), np.abs(away).argmin(axis=1)])


def page_columns(start_mm: float, stretch: float = 1.0, pulses_mm: float | None = None) -> list[Column]:
    """Four rows that show lead k's own sine, edges where the layout has them, and its pulses for another time 0."""
    n = strip_columns(COMPETITION)
    mm = (column_mm(np.arange(n)) - LEFT_MM - start_mm) / stretch
    t = mm / 25.0
    rows = []
    for index in range(4):
        edges = np.arange(0, 10.1, 10.0 if index == 3 else 2.5) * 25.0
        strokes = np.array([] if pulses_mm is None else [-5.0, 0.0]) + (pulses_mm or 0.0) - start_mm
        away = np.stack([_nearest(mm, edges), _nearest(mm, strokes)])
        printed = (t >= 0) & (t < 10)
        x_mm = column_mm(np.arange(n))
        rows.append(
            Column(
                np.zeros(n),
                5.0 * np.sin(np.pi * (index + 1) * t),
                printed.astype(float),
                np.exp(-0.5 * (away / 0.25) ** 2),
                away,
                x_mm,
                np.zeros(n),
            )
        )
    return rows


def test_time_0_is_found_to_a_fiftieth_of_a_millimetre() -> None:
    for start_mm in (-6.3, 0.0, 0.04, 5.77):
        found = find_time_axis(page_columns(start_mm), COMPETITION, 1.0)
        assert abs(found.start_mm - start_mm) < 0.02
        assert found.certainty > 0.9
        assert abs(found.stretch - 1.0) < 1e-6


def test_time_0_lies_between_where_edges_of_leads_and_strokes_of_pulses_have_it() -> None:
    for start_mm, pulses_mm in ((0.0, 0.04), (1.3, 1.25)):
        found = find_time_axis(page_columns(start_mm, pulses_mm=pulses_mm), COMPETITION, 1.0).start_mm
        assert 0.2 < (found - start_mm) / (pulses_mm - start_mm) < 0.8


def test_pulses_that_stand_elsewhere_than_the_format_has_them_move_nothing() -> None:
    assert abs(find_time_axis(page_columns(0.0, pulses_mm=1.5), COMPETITION, 1.0).start_mm) < 0.01


@pytest.mark.parametrize("layout", CATALOGUE.values(), ids=CATALOGUE)
def test_where_no_edge_is_seen_time_0_is_uncertain_and_no_error(layout: Layout) -> None:
    n = strip_columns(layout)
    nothing = np.zeros(n)
    blank = Column(nothing, nothing, nothing, np.zeros((2, n)), np.zeros((2, n)), column_mm(np.arange(n)), nothing)
    found = find_time_axis([blank] * len(layout.zero_mm), layout, 0.0)
    assert found.certainty == 0.0
    assert np.isfinite([found.start_mm, found.stretch, found.lean]).all()


def test_where_the_grid_was_hardly_seen_the_edges_correct_its_scale() -> None:
    rows = page_columns(0.3, stretch=1.002)
    assert abs(find_time_axis(rows, COMPETITION, 0.5).stretch - 1.002) < 2e-4
    assert abs(find_time_axis(rows, COMPETITION, 0.99).stretch - 1.0) < 2e-4


@pytest.mark.parametrize("lean", [-0.012, -0.005, 0.005, 0.012])
def test_print_that_lies_askew_on_its_grid_is_turned_back(lean: float) -> None:
    starts = [1.0 + lean * zero_mm for zero_mm in COMPETITION.zero_mm]
    rows = []
    for k, start_mm in enumerate(starts):
        row = page_columns(start_mm)[k]
        along = row.x_mm - LEFT_MM - start_mm
        turned = np.interp(along, along - lean * row.above_mm, row.above_mm + lean * along)
        rows.append(replace(row, above_mm=turned))
    found = find_time_axis(rows, COMPETITION, 1.0)
    assert abs(found.lean - lean) < 2e-4
    for lead, read in zip(("I", "aVR", "V1", "V4"), read_leads(rows, COMPETITION, found, 500.0), strict=False):
        t = np.arange(read.samples.start, read.samples.stop) / 500.0
        off = (read.mv - 0.5 * np.sin(2 * np.pi * t / 2.0))[10:-10]
        assert read.lead == lead
        assert np.abs(off - off.mean()).max() < 0.01


def test_print_that_lies_straight_on_its_grid_stays_so() -> None:
    rng = np.random.default_rng(3)
    rows = [page_columns(1.0 + rng.normal(0.0, 0.05))[k] for k in range(len(COMPETITION.zero_mm))]
    found = find_time_axis(rows, COMPETITION, 1.0)
    assert abs(found.lean) < 1e-4
    assert found.fall == 0.0


def test_every_lead_gets_its_own_stretch_at_any_rate() -> None:
    for fs_hz in (100.0, 257.0, 500.0, 1025.0):
        leads = {x.lead: x for x in read_leads(page_columns(1.5), COMPETITION, TimeAxis(1.5, 1.0, 1.0), fs_hz)}
        assert len(leads) == 12
        n = int(10 * fs_hz)
        for lead, read in leads.items():
            stretch, mv = read.samples, read.mv
            row = 3 if lead == "II" else next(k for k, names in enumerate(COMPETITION.rows) if lead in names)
            t = np.arange(stretch.start, stretch.stop) / fs_hz
            edge = round(0.008 * fs_hz) + 1  # two columns
            inner = slice(edge, -edge)
            assert np.abs(mv - 0.5 * np.sin(2 * np.pi * (row + 1) * t / 2.0))[inner].max() < 2e-3
            if lead == "V4":
                assert (stretch.start, stretch.stop) == (3 * n // 4, n)


def test_a_gap_is_interpolated_and_never_filled_with_the_baseline() -> None:
    rows = page_columns(0.0)
    level, confidence = np.full_like(rows[0].above_mm, 7.0), rows[0].confidence.copy()
    flat = replace(rows[0], above_mm=level, confidence=confidence)
    flat.confidence[400:460] = 0.0
    flat.above_mm[400:460] = 0.0
    first = read_leads([flat, *rows[1:]], COMPETITION, TimeAxis(0.0, 1.0, 1.0), 500.0)[0]
    assert first.lead == "I"
    assert np.allclose(first.mv, 0.7, atol=1e-6)


def test_a_row_without_a_trace_gives_no_lead() -> None:
    rows = page_columns(0.0)
    empty = replace(rows[1], confidence=np.zeros_like(rows[1].confidence))
    leads = read_leads([rows[0], empty, *rows[2:]], COMPETITION, TimeAxis(0.0, 1.0, 1.0), 500.0)
    assert {lead.lead for lead in leads}.isdisjoint({"aVL", "V2", "V5"})


def test_time_0_that_is_seen_near_the_grid_s_place_for_it_is_put_there() -> None:
    shift_mm = 2.3
    place = COMPETITION.grid_origin_mm[0]
    exact = -shift_mm - place  # time 0 lies 15 mm from the corner, on a line but for the print's rounding
    for off in (-0.1, 0.0, 0.08):
        found = on_grid(TimeAxis(exact + off + 5.0, 1.0, 1.0), COMPETITION, shift_mm)
        assert abs(found.start_mm - (exact + 5.0)) < 1e-9
    apart = TimeAxis(exact + 1.0, 1.0, 1.0)
    assert on_grid(apart, COMPETITION, shift_mm) == apart


def test_ink_that_a_neighbour_is_surer_of_is_left_to_it() -> None:
    upper, lower = (
        np.full(100, 150.0),
        np.full(100, 300.0),
    )  # rows of each one's own strip; their zero lines are 20 mm apart
    mistaken = 0.4 * distribution(logits(upper)) + 0.6 * distribution(logits(lower + 120.0))
    rows = by_owner([mistaken, distribution(logits(lower))], [50.0, 70.0])
    assert (rows[0].argmax(axis=0) == 150).all()
    assert (rows[1].argmax(axis=0) == 300).all()


def test_where_two_traces_cross_both_are_seen() -> None:
    crossing = np.full(100, 316.0)
    rows = by_owner([distribution(logits(crossing)), distribution(logits(crossing - 120.0))], [50.0, 70.0])
    assert (rows[0].argmax(axis=0) == 316).all()
    assert (rows[1].argmax(axis=0) == 196).all()
