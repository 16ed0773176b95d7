"""Settings that users choose: the same format at another gain or speed, and other rhythm strips."""

import msgspec
import numpy as np
import pytest

from synth.catalogue import CATALOGUE
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, with_severity
from synth.settings import Settings

ALWAYS = Settings(gain=1.0, speed=1.0, rhythm=1.0)


@pytest.mark.parametrize("name", CATALOGUE)
def test_ink_stands_where_it_did_but_for_pulses(name: str) -> None:
    usual = CATALOGUE[name]
    for seed in range(5):
        other = ALWAYS.applied(usual, np.random.default_rng(seed))
        assert other.right_mm == pytest.approx(usual.right_mm)
        assert [other.column_mm(k) for k in range(usual.column_count)] == pytest.approx(
            [usual.column_mm(k) for k in range(usual.column_count)]
        )
        assert (other.zero_mm, other.rows, len(other.rhythm)) == (usual.zero_mm, usual.rows, len(usual.rhythm))
        assert other.gain_mm_mv in ALWAYS.gains_mm_mv
        assert other.gain_of("V1") / other.gain_mm_mv == pytest.approx(usual.gain_of("V1") / usual.gain_mm_mv)


def test_rhythm_strips_show_leads_of_the_rows() -> None:
    usual = CATALOGUE["muse-3x4+3R"]
    drawn = {ALWAYS.applied(usual, np.random.default_rng(seed)).rhythm for seed in range(20)}
    assert len(drawn) > 10
    assert all(len(set(rhythm)) == 3 for rhythm in drawn)
    assert {lead for rhythm in drawn for lead in rhythm} <= {lead for row in usual.rows for lead in row}


def test_a_page_without_settings_is_its_format_s_own() -> None:
    assert Settings().applied(CATALOGUE["4x3+1R"], np.random.default_rng(1)) == CATALOGUE["4x3+1R"]


def test_a_page_says_the_settings_that_it_is_printed_at() -> None:
    recipe = Recipe(name="own", layouts=("muse-3x4+1R",), settings=Settings(gain=1.0, gains_mm_mv=(5.0,)))
    sample = generate(recipe, heart_record(1, 1), seed=1, index=1)
    assert sample.gain_mm_mv == 5.0
    assert {trace.gain_mm_mv for trace in sample.traces} == {5.0}
    assert any("5 mm/mV" in mark.string or "5mm/mV" in mark.string for mark in sample.marks)


def test_severity_scales_how_often_settings_are_others() -> None:
    recipe = Recipe(name="own", settings=Settings(gain=0.3))
    assert with_severity(recipe, 1.0).settings.gain == 0.6
    assert with_severity(recipe, 0.0).settings == Settings()


@pytest.mark.parametrize("wrong", ["gain = 1.5", "gains_mm_mv = []", "gains_mm_mv = [500]", "speeds_mm_s = [0]"])
def test_settings_that_no_device_has_are_refused(wrong: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(f"name = 'own'\n[settings]\n{wrong}\n", type=Recipe)
