"""Step 2 of a reading: from what `StripNet` sees to one height per column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infer.strips import above_mm

_WINDOW = 48  # rows to either side of the peak that the soft-argmax looks at: a steep stroke fills many


@dataclass(frozen=True, eq=False)
class Column:
    """What one strip shows, column by column.

    Attributes:
        above_mm: Height of the trace over the zero line, (W,).
        confidence: Share of the distribution that lies at the peak, times the probability that anything is
            printed there; (W,) in [0, 1].
        edge: Probability of a lead beginning or the last one ending there, (W,).
    """

    above_mm: NDArray[np.float64]
    confidence: NDArray[np.float64]
    edge: NDArray[np.float64]


def read_columns(y: NDArray[np.float32], printed: NDArray[np.float32], edge: NDArray[np.float32]) -> Column:
    """Soft-argmax around the peak of each column.

    Args:
        y: Logits over rows, (H, W).
        printed: Logits of a trace being there, (W,).
        edge: Logits of lead boundaries, (W,).
    """
    p = np.exp(y.astype(np.float64) - y.max(axis=0))
    p /= p.sum(axis=0)
    rows = p.argmax(axis=0)[None] + np.arange(-_WINDOW, _WINDOW + 1)[:, None]
    inside = (rows >= 0) & (rows < len(p))
    near = np.take_along_axis(p, np.clip(rows, 0, len(p) - 1), axis=0) * inside
    mass = near.sum(axis=0)
    row = (near * rows).sum(axis=0) / mass
    return Column(above_mm(row), mass * _sigmoid(printed), _sigmoid(edge))


def _sigmoid(x: NDArray[np.float32]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.clip(x.astype(np.float64), -40.0, 40.0)))
