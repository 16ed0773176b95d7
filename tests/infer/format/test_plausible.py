"""Hearts beat about once a second: what a reading looks like at the wrong speed or gain."""

from dataclasses import replace

import numpy as np
import pytest

from infer.format.find import likelier_order, likelier_settings
from infer.format.layouts import Found
from infer.format.plausible import heart_signs, log_p
from infer.known import NOTHING, Known
from synth.catalogue import CATALOGUE
from synth.heart import heart_record
from synth.layout import Layout
from synth.record import LEADS, EcgRecord


def changed(record: EcgRecord, slower: float, taller: float) -> EcgRecord:
    """A record as it is read at a wrong speed and gain."""
    return EcgRecord("read", record.fs_hz / slower, record.leads, record.mv * taller)


def found(name: str, certainty: float) -> Found:
    return Found(CATALOGUE[name], (3.0, 4.0), certainty, 0.6)


def no_pulse(layout: Layout) -> float:
    """A page that shows none."""
    return 0.0


def no_words(layout: Layout) -> tuple[float, float]:
    """A page on which no settings are printed."""
    return 0.0, 0.0


def test_most_hearts_look_best_as_they_are() -> None:
    likes = []
    for index in range(20):
        signs = heart_signs(heart_record(index, 5))
        likes.append(
            log_p(signs, 1.0, 1.0) > max(log_p(signs, 2.0, 1.0), log_p(signs, 0.5, 1.0), log_p(signs, 1.0, 4.0))
        )
    assert np.mean(likes) >= 0.9


@pytest.mark.parametrize(
    ("read", "true", "slower", "taller"),
    [("cabrera-6x2", "cabrera-6x2-50", 2.0, 1.0), ("6x2", "6x2-quarter", 1.0, 0.25)],
)
def test_ink_of_two_formats_is_read_as_a_heart_would_look(read: str, true: str, slower: float, taller: float) -> None:
    record = heart_record(2, 5)
    assert (
        likelier_settings(found(read, 0.9), changed(record, slower, taller), NOTHING, no_pulse, no_words).layout.name
        == true
    )
    assert likelier_settings(found(read, 0.9), record, NOTHING, no_pulse, no_words).layout.name == read
    assert likelier_settings(found(true, 0.9), record, NOTHING, no_pulse, no_words).layout.name == true


def test_what_the_user_knows_is_not_reconsidered() -> None:
    slow = changed(heart_record(2, 5), 2.0, 1.0)
    for known in (Known(layout="cabrera-6x2"), Known(speed_mm_s=25.0)):
        assert (
            likelier_settings(found("cabrera-6x2", 0.9), slow, known, no_pulse, no_words).layout.name == "cabrera-6x2"
        )


@pytest.mark.parametrize(("read", "true"), [("6x2", "cabrera-6x2"), ("cabrera-6x2", "6x2"), ("6x2", "6x2")])
def test_leads_are_in_the_order_in_which_limb_leads_agree(read: str, true: str) -> None:
    record = heart_record(2, 5)
    leads = [lead for row in CATALOGUE[true].rows for lead in row]

    def record_of(layout: Layout) -> EcgRecord:
        """What the page shows where this layout has its leads."""
        mv = np.full_like(record.mv, np.nan)
        for lead, printed in zip([lead for row in layout.rows for lead in row], leads, strict=True):
            signs = [-1.0 if name.startswith("-") else 1.0 for name in (lead, printed)]
            mv[LEADS.index(lead.removeprefix("-"))] = signs[0] * signs[1] * record.lead(printed.removeprefix("-"))
        return EcgRecord("read", record.fs_hz, LEADS, mv)

    ordered = likelier_order(found(read, 0.9), NOTHING, record_of).layout
    assert ordered.name == true
    assert ordered.speed_mm_s == CATALOGUE[read].speed_mm_s
    named = likelier_order(found(read, 0.9), Known(layout=read), record_of)
    assert named.layout.rows == CATALOGUE[read].rows
    faster = replace(found(read, 0.9), layout=CATALOGUE[read].at(speed_mm_s=50.0))
    assert likelier_order(faster, NOTHING, record_of).layout.speed_mm_s == 50.0


def test_a_format_whose_chest_leads_are_always_smaller_is_read_so() -> None:
    sure = found("mac400-3x4", 0.999)
    said = likelier_settings(sure, heart_record(2, 5), NOTHING, no_pulse, no_words)
    assert said.layout.gain_of("V1") == 5.0
    assert said.layout.gain_of("I") == 10.0


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("known", [NOTHING, Known(speed_mm_s=12.5), Known(gain_mm_mv=40.0), Known(speed_mm_s=100.0)])
def test_every_format_can_be_asked_at_other_settings_than_its_own_but_for_what_is_known(
    name: str, known: Known
) -> None:
    asked: list[Layout] = []
    own = known.applied(CATALOGUE[name])
    likelier_settings(
        Found(own, (0.0, 0.0), 0.9, 0.5), heart_record(2, 5), known, no_pulse, lambda x: asked.append(x) or (0.0, 0.0)
    )
    assert all(known.allows(layout) for layout in asked)


def test_a_pulse_that_is_seen_at_another_gain_outweighs_what_hearts_look_like() -> None:
    record = heart_record(2, 5)
    seen = {"strip-1x1": 0.0, "strip-1x1-20": 0.4}
    read = changed(record, 2.0, 2.0)
    said = likelier_settings(
        found("strip-1x1", 1.0), read, NOTHING, lambda layout: seen.get(layout.name, 0.0), no_words
    )
    assert said.layout.name == "strip-1x1-20"


def test_settings_that_are_printed_are_believed_where_no_pulse_speaks_against_them() -> None:
    def words(layout: Layout) -> tuple[float, float]:
        return 0.9 * (layout.speed_mm_s == 50.0), 0.9 * (layout.gain_mm_mv == 20.0)

    said = likelier_settings(found("3x4+II", 1.0), changed(heart_record(2, 5), 2.0, 2.0), NOTHING, no_pulse, words)
    assert (said.layout.speed_mm_s, said.layout.gain_mm_mv) == (50.0, 20.0)


@pytest.mark.parametrize("name", ["3x4+II", "cabrera-6x2"])
def test_paper_is_slower_than_usual_only_where_that_is_printed(name: str) -> None:
    def words(layout: Layout) -> tuple[float, float]:
        return 0.9 * (layout.speed_mm_s == 12.5), 0.0

    def wide_pulse(layout: Layout) -> float:
        """One that has the width of a slow one: devices draw them, too."""
        return 0.4 if layout.speed_mm_s == 12.5 else -0.4

    slow = changed(heart_record(2, 5), 0.5, 1.0)
    assert likelier_settings(found(name, 1.0), slow, NOTHING, no_pulse, words).layout.speed_mm_s == 12.5
    unsaid = likelier_settings(found(name, 1.0), slow, NOTHING, wide_pulse, no_words).layout
    assert unsaid.speed_mm_s == CATALOGUE[name].speed_mm_s
