"""Promises of beats that are put where all rows of a page have them."""

from __future__ import annotations

import numpy as np
import pytest

from infer.leads.in_step import in_step
from infer.leads.lead import LeadRead
from synth.heart import heart_record
from synth.record import LEADS

FS_HZ = 500.0
_COLUMN = 1250


def page(seed: int) -> list[LeadRead]:
    """The leads of a page of three rows of four columns and a rhythm strip."""
    mv = heart_record(seed, 7).mv
    shown = [
        (lead, slice(column * _COLUMN, (column + 1) * _COLUMN))
        for column in range(4)
        for lead in LEADS[column * 3 :][:3]
    ]
    shown.append(("II", slice(0, 4 * _COLUMN)))
    return [LeadRead(lead, at, mv[LEADS.index(lead), at].copy(), 10.0, 1.0, 0.0) for lead, at in shown]


def bent(lead: LeadRead, rng: np.random.Generator, most_s: float) -> LeadRead:
    """The lead with its times stretched here and pressed there."""
    t = np.arange(len(lead.mv)) / FS_HZ
    knots = np.arange(0.0, t[-1] + 0.8, 0.8)
    off = np.interp(t, knots, rng.uniform(-most_s, most_s, len(knots)))
    return LeadRead(lead.lead, lead.samples, np.interp(t + off, t, lead.mv), 10.0, 1.0, 0.0)


def error(a: list[LeadRead], b: list[LeadRead]) -> float:
    return float(np.sqrt(np.mean(np.concatenate([x.mv - y.mv for x, y in zip(a, b, strict=True)]) ** 2)))


def test_beats_that_rows_have_at_different_times_are_put_nearer_to_the_truth() -> None:
    shares = []
    for seed in range(6):
        rng, true = np.random.default_rng(seed), page(seed)
        seen = [bent(lead, rng, 0.006) for lead in true]
        shares.append(error(in_step(seen, FS_HZ), true) / error(seen, true))
    assert max(shares) <= 1.0  # where beats are too unlike each other, nothing moves
    assert np.mean(shares) < 0.9


@pytest.mark.parametrize("seed", range(5))
def test_a_page_that_is_in_step_hardly_changes(seed: int) -> None:
    true = page(seed)
    assert error(in_step(true, FS_HZ), true) < 0.003


def test_the_row_that_errs_most_is_the_one_that_moves() -> None:
    rng, true = np.random.default_rng(3), page(1)
    seen = [*(bent(lead, rng, 0.002) for lead in true[:-1]), bent(true[-1], rng, 0.008)]
    moved = in_step(seen, FS_HZ)
    assert error(moved[-1:], true[-1:]) < 0.9 * error(seen[-1:], true[-1:])
    assert error(moved[:-1], true[:-1]) < error(seen[:-1], true[:-1])


def test_two_rows_cannot_tell_which_of_them_errs() -> None:
    rng = np.random.default_rng(0)
    rows = [bent(lead, rng, 0.006) for lead in page(0) if lead.lead in ("I", "V1")]
    assert error(in_step(rows, FS_HZ), rows) == 0.0


def test_flat_lines_stay_as_they_are() -> None:
    flat = [LeadRead(lead, slice(0, 5000), np.zeros(5000), 10.0, 1.0, 0.0) for lead in LEADS]
    assert error(in_step(flat, FS_HZ), flat) == 0.0
