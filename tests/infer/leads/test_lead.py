"""Which samples a strip's columns become: as far as the picture goes, never beyond what its ink says."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from infer.leads.lead import LeadRead, as_record, read_leads
from infer.rows.strips import column_mm
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from synth.catalogue import CATALOGUE
from synth.record import LEADS

LAYOUT = CATALOGUE["strip-6x1"]
LEAVES_CLEAR = msgspec.structs.replace(LAYOUT, clear_mm=0.75)
AXIS = TimeAxis(0.0, 1.0, 1.0)
FS_HZ = 500.0


def row(above_mm: float = 0.0) -> Column:
    """A strip that shows waves of 5 mm all along, `above_mm` over its zero line."""
    x_mm = column_mm(np.arange(strip_columns(LAYOUT)))
    one, waves = np.ones_like(x_mm), above_mm + 5.0 * np.sin(x_mm / 3.0)
    return Column(0.0 * one, waves, one, *np.zeros((2, 2, len(one))), x_mm, 0.0 * one)


def rows() -> list[Column]:
    return [row() for _ in LAYOUT.zero_mm]


def test_a_lead_ends_where_the_picture_does() -> None:
    whole = rows()
    beyond = whole[0].x_mm > LEFT_MM + 7.0 * LAYOUT.speed_mm_s
    cut = [replace(one, beyond=beyond, confidence=np.where(beyond, 0.0, one.confidence)) for one in whole]
    for read, of in zip(read_leads(cut, LAYOUT, AXIS, FS_HZ), read_leads(whole, LAYOUT, AXIS, FS_HZ), strict=True):
        assert read.samples.start == of.samples.start
        assert abs(read.samples.stop / FS_HZ - 7.0) < 0.01
        np.testing.assert_allclose(read.mv[:-5], of.mv[: len(read.mv) - 5])


def test_a_lead_that_lies_beyond_the_picture_is_not_read() -> None:
    whole = rows()
    nothing = np.zeros_like(whole[0].x_mm)
    whole[2] = replace(whole[2], beyond=nothing == 0.0, confidence=nothing)
    assert [lead.lead for lead in read_leads(whole, LAYOUT, AXIS, FS_HZ)] == ["I", "II", "aVR", "aVL", "aVF"]


def test_what_a_format_leaves_clear_says_nothing_of_how_well_a_lead_is_seen() -> None:
    ends = LEFT_MM + LAYOUT.column_s * LAYOUT.speed_mm_s - 0.75
    blank = [replace(one, confidence=np.where(one.x_mm < ends, 1.0, 0.0)) for one in rows()]
    faint, whole = (read_leads(blank, layout, AXIS, FS_HZ)[0] for layout in (LAYOUT, LEAVES_CLEAR))
    assert faint.seen < whole.seen == 1.0
    assert len(faint.mv) == len(whole.mv)


def test_columns_that_come_to_lie_at_one_time_do_not_blow_up_what_lies_between() -> None:
    torn = rows()
    x_mm, above = torn[0].x_mm.copy(), torn[0].above_mm.copy()
    x_mm[1001::100] = x_mm[1000:-1:100] + 1e-4
    above[1001::100] = -above[1000:-1:100] + 3.0
    torn[0] = replace(torn[0], x_mm=x_mm, above_mm=above)
    lead = read_leads(torn, LAYOUT, AXIS, FS_HZ)[0]
    assert np.abs(lead.mv * lead.gain_mm_mv).max() < 10.0


def test_a_few_columns_that_are_believed_amid_none_are_not() -> None:
    whole = rows()
    x_mm = whole[0].x_mm - LEFT_MM
    hidden, stray = x_mm > 200.0, (x_mm > 210.0) & (x_mm < 210.3)
    confidence = np.where(hidden & ~stray, 0.0, 1.0)
    whole[0] = replace(whole[0], confidence=confidence, above_mm=np.where(stray, 40.0, whole[0].above_mm))
    lead = read_leads(whole, LAYOUT, AXIS, FS_HZ)[0]
    assert np.abs(lead.mv * lead.gain_mm_mv).max() < 6.0


def test_of_a_lead_that_is_printed_twice_one_that_is_hardly_seen_gives_way() -> None:
    def read(mv: float, seen: float) -> LeadRead:
        return LeadRead("V5", slice(0, 4800), np.full(4800, mv), 10.0, seen, 0.0)

    def v5(*leads: LeadRead) -> float:
        return float(as_record(leads, LAYOUT, "x", FS_HZ).mv[LEADS.index("V5"), 0])

    assert v5(read(1.0, 0.9), read(2.0, 0.3)) == 1.0
    assert v5(read(1.0, 0.9), read(2.0, 0.8)) == 2.0


def test_a_lead_of_which_a_sample_or_two_are_left_is_not_read() -> None:
    beyond = row().x_mm > LEFT_MM + 1.15
    cut = [replace(one, beyond=beyond, confidence=np.where(beyond, 0.0, one.confidence)) for one in rows()]
    assert [len(lead.mv) for lead in read_leads(cut, LAYOUT, AXIS, 500.0)] == [23] * 6
    assert not read_leads(cut, LAYOUT, AXIS, 25.0)
