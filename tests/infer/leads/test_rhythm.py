"""Which leads rhythm strips show, from strips that are traces of the embedded heart."""

import dataclasses

import msgspec
import numpy as np
import pytest

from infer.leads.rhythm import rhythm_as_seen
from infer.rows.strips import column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from synth.catalogue import CATALOGUE
from synth.heart import heart_record
from synth.layout import Layout
from synth.page import lay_cells
from synth.record import LEADS, EcgRecord

AXIS = TimeAxis(0.0, 1.0, 0.9)


RECORD = heart_record(2, 5)


def strips_of(layout: Layout, *, late_s: float = 0.0, record: EcgRecord = RECORD) -> list[Column]:
    """What every row of a page shows; rhythm strips a little late."""
    x_mm = column_mm(np.arange(strip_columns(layout)))
    t = (x_mm - LEFT_MM) / layout.speed_mm_s
    above = [np.zeros_like(x_mm) for _ in layout.zero_mm]
    noise = np.random.default_rng(1).normal(0.0, 0.1, x_mm.shape)
    for cell in lay_cells(layout, record.fs_hz):
        mv = record.lead(cell.lead)
        assert mv is not None
        first, last = (at / record.fs_hz for at in (cell.samples.start, cell.samples.stop))
        mm = (cell.start_mm - layout.t0_mm) / layout.speed_mm_s
        here = (t >= mm) & (t < mm + last - first)
        late = late_s if cell.row >= len(layout.rows) else 0.0
        sampled = np.interp(t - mm + first - late, np.arange(len(mv)) / record.fs_hz, mv)
        above[cell.row][here] = layout.gain_of(cell.lead) * sampled[here]
    one = np.ones_like(x_mm)
    return [Column(0 * one, mm + noise, one, *np.zeros((2, 2, len(one))), x_mm, 0 * one) for mm in above]


@pytest.mark.parametrize("late_s", [0.0, 0.06])
@pytest.mark.parametrize("printed", [("V1", "II", "V5"), ("II", "aVF", "V2"), ("V3", "V5", "II")])
def test_rhythm_strips_are_named_as_the_leads_whose_beats_they_repeat(printed: tuple[str, ...], late_s: float) -> None:
    usual = CATALOGUE["muse-3x4+3R"]
    rows = strips_of(msgspec.structs.replace(usual, rhythm=printed), late_s=late_s)
    assert rhythm_as_seen(rows, usual, AXIS, 500.0).rhythm == printed


def test_a_short_lead_whose_tall_waves_are_lost_still_names_its_strip() -> None:
    printed = msgspec.structs.replace(CATALOGUE["muse-3x4+3R"], rhythm=("V6", "aVL", "V4"))
    rows = strips_of(printed)
    last = rows[0].x_mm > rows[0].x_mm[0] + LEFT_MM + 3.0 * printed.column_s * printed.speed_mm_s
    rows[0].above_mm[last & (rows[0].above_mm > 5.0)] = 25.0  # V4 runs into what stands above
    assert rhythm_as_seen(rows, CATALOGUE["muse-3x4+3R"], AXIS, 500.0).rhythm == printed.rhythm


def test_a_low_lead_is_not_taken_for_another_that_wanders_as_it_does() -> None:
    mv = RECORD.mv.copy()
    mv[LEADS.index("II")] *= 0.02 / np.abs(mv[LEADS.index("II")]).mean()
    mv[LEADS.index("II"), 1250:2500] += np.linspace(-0.2, 0.2, 1250)  # while aVF is shown
    mv[LEADS.index("aVF")] = 1.2 * mv[LEADS.index("II")]
    rows = strips_of(CATALOGUE["3x4+II"], record=dataclasses.replace(RECORD, mv=mv))
    noise = np.random.default_rng(3).normal(0.0, 0.1, (len(rows), len(rows[0].x_mm)))
    for row, noisy in zip(rows, noise, strict=True):
        row.above_mm[:] += noisy
    assert rhythm_as_seen(rows, CATALOGUE["3x4+II"], AXIS, 500.0).rhythm == ("II",)


def test_a_lead_that_is_printed_nowhere_else_is_not_doubted() -> None:
    layout = CATALOGUE["schiller-8x5s+4x10s"]
    assert rhythm_as_seen(strips_of(layout), layout, AXIS, 500.0) == layout


def test_a_strip_that_is_like_no_lead_keeps_its_usual_name() -> None:
    usual = CATALOGUE["muse-3x4+1R"]
    rows = strips_of(usual)
    noise = np.random.default_rng(2).normal(0.0, 3.0, rows[-1].x_mm.shape)
    rows[-1] = Column(
        rows[-1].row,
        noise,
        *(getattr(rows[-1], name) for name in ("confidence", "edge", "place_mm", "x_mm", "doubt_mm2")),
    )
    assert rhythm_as_seen(rows, usual, AXIS, 500.0) == usual
