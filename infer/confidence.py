"""Confidence: the signal-to-noise ratio that each lead is expected to have, from what the reading itself shows.

A linear model of a few signs, fitted on own pages of unseen records; `python -m tests.bench.reliability` shows how
what it says agrees with what is measured, and with --fit writes `data/confidence.json`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from infer.leads.lead import LeadRead
from synth.assets import shipped

#: What the signs are, in order, and which way each counts: 1 for the better, -1 for the worse; the first is constant.
SIGNS = {
    "one": 0, "height_db": 1, "time_db": 1, "bent": -1, "grid_db": -1, "start_unsure": -1, "layout_unsure": -1,
    "unseen": -1, "einthoven_db": 1,
}  # fmt: skip

_LOW_DB, _HIGH_DB = -5.0, 35.0


class Confidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fitted model.

    Attributes:
        weights: dB per unit of each of `SIGNS`.
    """

    weights: dict[str, float]


def signs(lead: LeadRead, fs_hz: float, speed_mm_s: float, about: dict[str, Any]) -> NDArray[np.float64]:
    """The signs of one lead, in the order of `SIGNS`.

    Args:
        lead: As it was read.
        fs_hz: Sampling rate.
        speed_mm_s: Paper speed.
        about: What the reading says of itself, see `about.tell`.
    """
    mm = lead.mv * lead.gain_mm_mv
    power = float(np.var(mm)) + 1e-3
    steep = float(np.mean(np.gradient(mm, speed_mm_s / fs_hz) ** 2)) + 1e-3
    einthoven = about["einthoven_db"]
    return np.array(
        [
            1.0,
            _db(power / (lead.doubt_mm2 + 1e-3)),
            _db(power / steep),
            float(about["bent_mm"] > 0.0),
            _db(1.0001 - about["grid_certainty"]),
            1.0 - about["start_certainty"],
            1.0 - about["layout_certainty"],
            1.0 - lead.seen,
            10.0 if einthoven is None else min(einthoven, 20.0),
        ]
    )


def expected_db(said: NDArray[np.float64]) -> float:
    """The ratio that signs speak for, dB, from -5 to 35."""
    weights = np.array([_model().weights[name] for name in SIGNS])
    return float(np.clip(said @ weights, _LOW_DB, _HIGH_DB))


def share_right(db: float) -> float:
    """The share of a lead's energy that is right at a ratio of `db`: 0.9 at 10 dB, 0.99 at 20 dB."""
    return max(0.0, 1.0 - float(10.0 ** (-db / 10.0)))


@lru_cache(maxsize=1)
def _model() -> Confidence:
    return msgspec.json.decode(shipped("data/confidence.json").read_bytes(), type=Confidence)


def _db(ratio: float) -> float:
    return 10.0 * float(np.log10(max(ratio, 1e-9)))
