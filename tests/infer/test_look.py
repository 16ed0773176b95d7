"""Promises of pages that may have another format than the likeliest."""

from __future__ import annotations

import numpy as np
import pytest

from infer.format.layouts import Found
from infer.look import Look, _as_time_says, as_limb_leads_agree
from infer.networks.backend import PageSeen
from infer.page.canvas import Canvas
from infer.page.rectify import PageMap
from infer.rows.ink import Ink
from infer.rows.row import Row, first_line_mm
from infer.rows.strips import column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from synth.catalogue import CATALOGUE
from synth.geometry import affine
from synth.heart import heart_record
from synth.layout import Layout
from synth.page import lay_cells

FS_HZ = 500.0
RECORD = heart_record(2, 5)
NOTHING = np.zeros((1, 1))
PAGE = PageMap(affine(1.0, (0.0, 0.0)), np.zeros((1, 1, 2)), NOTHING > 0.0, 8.0, 1.0, 0.0)
NO_GRID, NO_STRIP = np.zeros((8, 1, 1), np.float32), np.zeros((1, 1, 3), np.uint8)
SEEN = PageSeen(*np.zeros((len(PageSeen._fields), 1, 1, 1), np.float32))
CANVAS = Canvas(NOTHING, NOTHING, np.zeros(2), *np.zeros((3, 1)))


def page_of(layout: Layout) -> list[Row]:
    """Strips that show the record in a format, sharply."""
    rows = []
    for number in range(len(layout.zero_mm)):
        x_mm = column_mm(np.arange(strip_columns(layout)))
        one, above = np.ones_like(x_mm), np.zeros_like(x_mm)
        for cell in lay_cells(layout, FS_HZ):
            mv = RECORD.lead(cell.lead)
            assert mv is not None
            at_mm = LEFT_MM + cell.start_mm - layout.t0_mm + np.arange(cell.samples.stop - cell.samples.start) / 20.0
            here = (x_mm >= at_mm[0]) & (x_mm <= at_mm[-1]) & (cell.row == number)
            shown = np.interp(x_mm[here], at_mm, mv[cell.samples]) * layout.gain_mm_mv
            above[here] = -shown if cell.inverted else shown
        column = Column(0.0 * one, above, one, *np.zeros((2, 2, len(one))), x_mm, 0.0 * one)
        rows.append(Row(column, PAGE.to_px, NO_GRID, NO_STRIP, Ink(np.ones(3), np.ones(3))))
    return rows


def look_in(
    rows: list[Row], name: str, certainty: float = 0.8, rivals: tuple[str, ...] = (), agreement: float = 0.6
) -> Look:
    """Strips taken for a format."""
    found = Found(CATALOGUE[name], (0.0, 0.0), 0.8, agreement, rivals)
    return Look(SEEN, PAGE, CANVAS, found, ["columns"], rows, TimeAxis(0.0, 1.0, certainty))


def test_a_page_whose_limb_leads_contradict_one_another_is_read_in_the_format_in_which_they_agree() -> None:
    rows = page_of(CATALOGUE["cabrera-6x2"])
    taken = as_limb_leads_agree(
        look_in(rows, "6x2", rivals=("6x2-same-time", "cabrera-6x2")), lambda name: look_in(rows, name), FS_HZ
    )
    assert taken.found.layout.name == "cabrera-6x2"
    assert taken.assumed == ["layout", "columns"]
    assert taken.found.certainty <= 0.2 + 1e-9


def test_a_format_in_which_time_0_is_hardly_seen_is_not_taken_for_that() -> None:
    rows = page_of(CATALOGUE["cabrera-6x2"])
    first = look_in(rows, "6x2", rivals=("cabrera-6x2",))
    assert as_limb_leads_agree(first, lambda name: look_in(rows, name, certainty=0.3), FS_HZ) is first


def test_a_format_that_does_not_show_limb_leads_together_is_taken_only_if_time_0_is_surer() -> None:
    rows = page_of(CATALOGUE["cabrera-6x2"])
    first = look_in(rows, "6x2", rivals=("2x6",))
    for certainty, name in ((0.95, "2x6"), (0.8, "6x2")):
        look = look_in(rows[:2], "2x6", certainty)
        assert as_limb_leads_agree(first, lambda _, look=look: look, FS_HZ).found.layout.name == name


@pytest.mark.parametrize(("agreement", "taken"), [(0.7, "cabrera-6x2"), (0.6, "6x2")])
def test_where_they_agree_little_better_rows_must_stand_better_too(agreement: float, taken: str) -> None:
    rows = page_of(CATALOGUE["cabrera-6x2"])
    noise = np.random.default_rng(1).normal(0.0, 6.0, (len(rows), len(rows[0].column.above_mm)))
    for row, off in zip(rows, noise, strict=True):  # a hand hides most of the page
        row.column.above_mm[:] += off
    first = look_in(rows, "6x2", rivals=("cabrera-6x2",))
    other = look_in(rows, "cabrera-6x2", 0.85, agreement=agreement)
    assert as_limb_leads_agree(first, lambda _: other, FS_HZ).found.layout.name == taken


def test_where_limb_leads_agree_no_other_format_is_looked_at() -> None:
    def never(name: str) -> Look:
        raise AssertionError(name)

    first = look_in(page_of(CATALOGUE["6x2"]), "6x2", rivals=("cabrera-6x2",))
    assert as_limb_leads_agree(first, never, FS_HZ) is first


@pytest.mark.parametrize(
    ("name", "start_mm", "certainty", "first_mm"),
    [
        ("3x4+II", -2.5, 0.9, -240.0),  # half a cell beside where the format seemed to be
        ("3x4+II", 2.4, 0.9, None),  # the same line all the same
        ("3x4+II", -2.5, 0.3, None),  # not surely
        ("12x1", -2.5, 0.9, None),  # of even lines any may be the first
    ],
)
def test_uneven_lines_are_counted_from_the_one_that_time_0_says(
    name: str, start_mm: float, certainty: float, first_mm: float | None
) -> None:
    found = Found(CATALOGUE[name], (-237.5, -11.25), 0.8, 0.6)
    there = _as_time_says(found, TimeAxis(start_mm, 1.0, certainty))
    assert (None if there is None else first_line_mm(there)[0]) == first_mm
