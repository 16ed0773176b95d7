"""Promises of rows that are read later and later down the page."""

from __future__ import annotations

import numpy as np
import pytest

from infer.leads.in_line import in_line
from infer.leads.lead import LeadRead
from synth.heart import heart_record
from synth.record import LEADS

FS_HZ = 500.0
ZERO_MM = (60.0, 90.0, 120.0, 150.0)
_COLUMN = 1250


def page(seed: int, lean_s: float = 0.0, noise_mv: float = 0.0) -> list[LeadRead]:
    """Three rows of four columns over a rhythm strip, each row `lean_s` later than the one above."""
    mv = heart_record(seed, 7).mv
    shown = [(LEADS[3 * column + row], column, row) for column in range(4) for row in range(3)]
    whole = [(lead, slice(column * _COLUMN, (column + 1) * _COLUMN), row) for lead, column, row in shown]
    rng = np.random.default_rng(seed)
    return [_read(mv, lead, at, row, lean_s, rng, noise_mv) for lead, at, row in [*whole, ("II", slice(0, 5000), 3)]]


def _read(
    mv: np.ndarray, lead: str, at: slice, row: int, lean_s: float, rng: np.random.Generator, noise_mv: float
) -> LeadRead:
    t = np.arange(at.start, at.stop)
    seen = np.interp(t - lean_s * (row - 1.5) * FS_HZ, np.arange(mv.shape[1]), mv[LEADS.index(lead)])
    return LeadRead(lead, at, seen + rng.normal(0.0, noise_mv, len(t)), 10.0, 1.0, 0.0, row=row)


def error(a: list[LeadRead], b: list[LeadRead]) -> float:
    inner = slice(10, -10)  # of the ends nothing is known
    return float(np.sqrt(np.mean(np.concatenate([x.mv[inner] - y.mv[inner] for x, y in zip(a, b, strict=True)]) ** 2)))


@pytest.mark.parametrize("lean_s", [-0.006, 0.004, 0.009])
def test_rows_that_lean_are_put_in_line(lean_s: float) -> None:
    for seed in range(4):
        seen, true = page(seed, lean_s, 0.01), page(seed)
        assert error(in_line(seen, ZERO_MM, FS_HZ), true) < 0.4 * error(seen, true)


def test_rows_that_stand_in_line_are_not_touched() -> None:
    for seed in range(8):
        seen = page(seed, noise_mv=0.02)
        assert all(a.mv is b.mv for a, b in zip(in_line(seen, ZERO_MM, FS_HZ), seen, strict=True))


def test_leads_that_are_mistaken_for_one_another_move_nothing() -> None:
    seen = page(2)
    seen[0], seen[5] = (
        LeadRead(b.lead, a.samples, a.mv, 10.0, 1.0, 0.0, row=b.row)
        for a, b in ((seen[5], seen[0]), (seen[0], seen[5]))
    )
    assert all(a.mv is b.mv for a, b in zip(in_line(seen, ZERO_MM, FS_HZ), seen, strict=True))


def test_a_page_without_three_limb_leads_stays_as_it_is() -> None:
    seen = [lead for lead in page(2, 0.006) if lead.lead not in ("II", "aVF")]
    assert all(a.mv is b.mv for a, b in zip(in_line(seen, ZERO_MM, FS_HZ), seen, strict=True))
    assert in_line([], ZERO_MM, FS_HZ) == []
