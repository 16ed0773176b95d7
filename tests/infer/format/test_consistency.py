"""What leads of one heart say of one another, and what a reading says of itself."""

import numpy as np
import pytest

from infer.about import warnings
from infer.confidence import SIGNS, expected_db, share_right, signs
from infer.format.consistency import beats_together, einthoven_db
from infer.format.find import simultaneous
from infer.leads.lead import LeadRead
from synth.catalogue import CATALOGUE
from synth.heart import heart_record
from synth.page import lay_cells
from synth.record import EcgRecord

ABOUT = {
    "px_per_mm": 8.0, "grid_certainty": 0.98, "layout": "3x4+II", "layout_certainty": 0.99, "gain_mm_mv": 10.0,
    "speed_mm_s": 25.0, "assumed": [], "cropped": [], "not_found": [], "contradicted": [],
    "einthoven_db": 25.0, "bent_mm": 0.0, "start_certainty": 0.98,
}  # fmt: skip


def as_printed(record: EcgRecord, name: str, *, as_if: str) -> EcgRecord:
    """What a reader finds on a page of one layout if it takes it for another, with the same places."""
    mv = np.full_like(record.mv, np.nan)
    cells = (lay_cells(CATALOGUE[layout], record.fs_hz) for layout in (name, as_if))
    for true, said in zip(*cells, strict=True):
        k = record.leads.index(true.lead)
        mv[k, said.samples] = record.mv[k, true.samples]
    return EcgRecord("read", record.fs_hz, record.leads, mv)


def test_einthoven_s_law_holds_for_a_heart_and_not_for_leads_that_are_exchanged() -> None:
    record = heart_record(3, 3)
    assert einthoven_db(record) == 40.0
    mv = record.mv.copy()
    mv[[1, 2]] = mv[[2, 1]]
    swapped = einthoven_db(EcgRecord("x", record.fs_hz, record.leads, mv))
    assert swapped is not None
    assert swapped < 6.0


def test_leads_that_are_not_shown_at_the_same_time_say_nothing() -> None:
    mv = heart_record(3, 3).mv.copy()
    mv[0, 1000:], mv[1, :1000] = np.nan, np.nan
    assert einthoven_db(EcgRecord("x", 500.0, heart_record(3, 3).leads, mv)) is None


@pytest.mark.parametrize("index", range(6))
def test_columns_of_the_same_time_are_told_by_their_beats(index: int) -> None:
    record = heart_record(index, 77)
    together = as_printed(record, "6x2-same-time", as_if="6x2")
    assert beats_together(together, CATALOGUE["6x2"])
    after = as_printed(record, "6x2", as_if="6x2")
    assert not beats_together(after, CATALOGUE["6x2"])


def test_a_layout_has_its_twin_s_name() -> None:
    twin, usual = simultaneous(CATALOGUE["6x2"])
    assert (twin.name, usual) == ("6x2-same-time", True)
    twin, usual = simultaneous(CATALOGUE["3x4+II"])
    assert (twin.columns, usual) == ("simultaneous", False)


def test_where_a_format_never_shows_one_time_beats_as_regular_as_a_clock_say_nothing() -> None:
    beat = heart_record(0, 77).mv[:, :400]
    clock = EcgRecord("clock", 500.0, heart_record(0, 77).leads, np.tile(beat, 13)[:, :5000])
    read = as_printed(clock, "6x2-same-time", as_if="6x2")
    assert beats_together(read, CATALOGUE["6x2"])
    assert not beats_together(read, CATALOGUE["6x2"], regular=False)


def test_a_good_reading_warns_of_nothing() -> None:
    assert warnings(ABOUT) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"px_per_mm": 3.0}, "resolution"), ({"grid_certainty": 0.5}, "grid"), ({"layout": "unknown"}, "format"),
        ({"layout_certainty": 0.4}, "--layout"), ({"assumed": ["gain"]}, "pulse"), ({"assumed": ["speed"]}, "speed"),
        ({"cropped": ["V4"]}, "V4"), ({"not_found": ["V6"]}, "V6"), ({"assumed": ["leads"]}, "names of leads"),
        ({"contradicted": ["--gain 5, but 10 mm/mV is printed"]}, "--gain 5, but 10 mm/mV is printed"),
        ({"einthoven_db": 1.0}, "III"),
    ],
)  # fmt: skip
def test_each_fault_has_its_warning(change: dict[str, object], word: str) -> None:
    (line,) = warnings(ABOUT | change)
    assert word in line
    assert "\n" not in line


def test_a_lead_that_the_network_doubts_is_expected_to_be_worse() -> None:
    mv = heart_record(0, 0).mv[1][:1250]
    sure, doubted = (LeadRead("II", slice(0, 1250), mv, 10.0, seen, var) for seen, var in ((0.99, 0.01), (0.8, 4.0)))
    said = [signs(lead, 500.0, 25.0, ABOUT) for lead in (sure, doubted)]
    assert len(said[0]) == len(SIGNS)
    assert expected_db(said[0]) > expected_db(said[1]) + 2.0


def test_no_doubt_raises_what_a_lead_is_expected_to_be_worth() -> None:
    middling = np.array([1.0, 20.0, 5.0, 0.0, -15.0, 0.2, 0.2, 0.1, 10.0])
    for k, way in enumerate(SIGNS.values()):
        doubted = middling - way * 0.5 * np.eye(len(SIGNS))[k]
        assert expected_db(doubted) <= expected_db(middling)


def test_the_share_of_energy_that_is_right_follows_the_decibels() -> None:
    assert share_right(10.0) == pytest.approx(0.9)
    assert share_right(20.0) == pytest.approx(0.99)
    assert share_right(-5.0) == 0.0
