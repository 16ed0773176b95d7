"""Step 10 of a reading: two limb leads make all six (Einthoven, Goldberger), so those read together correct each other.

III = II - I, aVR = -(I + II) / 2, aVL = I - II / 2, aVF = II - I / 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from infer.leads.lead import LeadRead

_BY_I_AND_II = {
    "I": (1.0, 0.0),
    "II": (0.0, 1.0),
    "III": (-1.0, 1.0),
    "aVR": (-0.5, -0.5),
    "aVL": (1.0, -0.5),
    "aVF": (-0.5, 1.0),
}
_USUAL_MV = 0.1  # an error from which a sample counts half: a trace that was lost must not spoil the others
_SURE_MV = 0.05  # so does one whose network says that it errs by so much
_ROUNDS = 6


def agree(leads: Sequence[LeadRead]) -> list[LeadRead]:
    """The leads, the limb leads where three or more show the same time put where they agree with one another.

    Each keeps its own zero line, which paper says less exactly than heights over it. What is hardly seen counts less.

    Args:
        leads: All that a page shows, those that it shows twice as well.
    """
    limb = [k for k, lead in enumerate(leads) if lead.lead in _BY_I_AND_II]
    if len(limb) < 3:
        return list(leads)
    mv = np.full((len(limb), max(leads[k].samples.stop for k in limb)), np.nan)
    trust = np.ones_like(mv)
    for row, counts, k in zip(mv, trust, limb, strict=True):
        row[leads[k].samples] = leads[k].mv
        if (variance := leads[k].variance_mv2) is not None:
            counts[leads[k].samples] = _SURE_MV**2 / (_SURE_MV**2 + variance)
    by_two = np.array([_BY_I_AND_II[leads[k].lead] for k in limb])
    shown = np.isfinite(mv)
    for together in np.unique(shown, axis=1).T:
        if together.sum() >= 3 and np.linalg.matrix_rank(by_two[together]) == 2:
            when = (shown == together[:, None]).all(axis=0)
            here = np.ix_(together, when)
            mv[here] = _agreed(mv[here], trust[here], by_two[together])
    agreed = dict(zip(limb, mv, strict=True))
    return [replace(lead, mv=agreed[k][lead.samples]) if k in agreed else lead for k, lead in enumerate(leads)]


def _agreed(mv: NDArray[np.float64], trust: NDArray[np.float64], by_two: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leads (n, samples) as the two, of which they are made by `by_two` (n, 2), that fit them best, robustly.

    Each sample counts by its `trust`, (n, samples) in (0, 1].
    """
    zero, weight, fit = np.zeros((len(mv), 1)), trust, mv
    for _ in range(_ROUNDS):
        normal = np.einsum("ki,kn,kj->nij", by_two, weight, by_two)
        right = np.einsum("ki,kn->ni", by_two, weight * (mv - zero))
        fit = by_two @ np.linalg.solve(normal, right[..., None])[..., 0].T
        zero = zero + np.median(mv - zero - fit, axis=1, keepdims=True)
        weight = trust / (1.0 + ((mv - zero - fit) / _USUAL_MV) ** 2)
    return np.asarray(fit + zero)
