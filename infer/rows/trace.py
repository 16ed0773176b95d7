"""Step 4 of a reading: from what `StripNet` sees to one height per column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.networks.logits import sigmoid
from infer.rows.strip_grid import at_trace
from infer.rows.strips import Y_PX_MM, above_mm, column_mm

_ROUNDS, _FAINT = 2, 0.02
_SURE = 0.99  # of ink that another row is sure of, what is taken away
_NEAR_ROWS, _NEAR_COLUMNS = 7, 5  # within which ink is the same in two strips
_WINDOW = 48  # rows to either side of the peak that the soft-argmax looks at: a steep stroke fills many


@dataclass(frozen=True, eq=False)
class Column:
    """What one strip shows, column by column.

    Attributes:
        row: Row of the strip's raster in which the trace lies, (W,).
        above_mm: Height of the trace over the zero line, by the grid that is seen in the strip itself, (W,).
        confidence: Share of the distribution that lies at the peak, times the probability that anything is
            printed there; (W,) in [0, 1].
        edge: Probability of a lead beginning or the last one ending there, and of an upright stroke of a calibration
            pulse, (2, W).
        place_mm: How far to the right of each column the nearest of them lies, (2, W).
        x_mm: Where each column lies from the strip's left edge, by that grid, (W,).
        doubt_mm2: Variance of the height by the distribution, (W,).
        ink: What `ink_over` says of the straight strip, (W,); None where that is not known well enough.
        beyond: Whether it lies beyond the picture's edge, (W,); None where no column does.
    """

    row: NDArray[np.float64]
    above_mm: NDArray[np.float64]
    confidence: NDArray[np.float64]
    edge: NDArray[np.float64]
    place_mm: NDArray[np.float64]
    x_mm: NDArray[np.float64]
    doubt_mm2: NDArray[np.float64]
    ink: NDArray[np.float64] | None = None
    beyond: NDArray[np.bool_] | None = None


def distribution(y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits over rows (H, W) -> the probability of each, column by column."""
    p = np.exp(y - y.max(axis=0))
    return np.asarray(p / p.sum(axis=0))


def by_owner(
    rows: Sequence[NDArray[np.float32]], zero_mm: Sequence[float], apply: Callable[..., Iterable[Any]] = map
) -> list[NDArray[np.float32]]:
    """The distributions (H, W) of all strips of a page, less what rather is the ink of another row.

    Where rows stand close, a strip shows its neighbours' traces, too. Ink that a neighbour is sure of is hardly this
    row's; where both cross it stays the likeliest all the same.

    Args:
        rows: One per strip, all of the same columns.
        zero_mm: Where their zero lines lie on the paper.
        apply: Calls a function for each row, as `map` does.
    """
    own = list(rows)
    for _ in range(_ROUNDS):  # a row that is put right takes its ink from the next one
        taken = list(apply(_ink, own))
        own = list(apply(lambda p, k, taken=taken: _less(p, k, taken, zero_mm), rows, range(len(rows))))
    return own


def _less(p: NDArray[np.float32], row: int, taken: Sequence[_Ink], zero_mm: Sequence[float]) -> NDArray[np.float32]:
    """A strip's distribution less what the others take."""
    own = p.copy()
    for other, (ink, zero) in enumerate(zip(taken, zero_mm, strict=True)):
        at = ink.at + round((zero - zero_mm[row]) * Y_PX_MM) * p.shape[1]
        there = (at >= 0) & (at < p.size) & (other != row)
        own.ravel()[at[there]] *= np.float32(1.0) - np.float32(_SURE) * ink.p[there]
    return np.asarray(own / own.sum(axis=0))


class _Ink(NamedTuple):
    """Pixels of a strip, counted row by row, in or beside which its trace may lie, and how likely, (n,) each."""

    at: NDArray[np.intp]
    p: NDArray[np.float32]


def _ink(p: NDArray[np.float32]) -> _Ink:
    """What is taken by a trace of distribution `p` (H, W), as far off as another strip may show it."""
    near = cv2.boxFilter(p, -1, (1, _NEAR_ROWS), normalize=False, borderType=cv2.BORDER_CONSTANT)
    near = np.asarray(cv2.dilate(near, np.ones((2 * _NEAR_ROWS - 1, _NEAR_COLUMNS), np.uint8)))
    at = np.flatnonzero(near > _FAINT)
    return _Ink(at, np.minimum(near.ravel()[at], np.float32(1.0)))


def read_columns(
    p: NDArray[np.float32],
    printed: NDArray[np.float32],
    edge: NDArray[np.float32],
    place: NDArray[np.float32],
    shift_mm: NDArray[np.float32] | None = None,
) -> Column:
    """Soft-argmax around the peak of each column.

    Args:
        p: Probability of each row, (H, W), see `distribution`.
        printed: Logits of a trace being there, (W,).
        edge: Logits of lead boundaries and of pulses' strokes, (2, W).
        place: How far to the right of each column the nearest of them lies, mm, (2, W).
        shift_mm: How far to the right of and below where it was meant to be each cell was cut, (H / 4, W / 4, 2); None
            where no grid was seen on the page.
    """
    p = p.astype(np.float64)
    rows = p.argmax(axis=0)[None] + np.arange(-_WINDOW, _WINDOW + 1)[:, None]
    inside = (rows >= 0) & (rows < len(p))
    near = np.take_along_axis(p, np.clip(rows, 0, len(p) - 1), axis=0) * inside
    mass = near.sum(axis=0)
    row = (near * rows).sum(axis=0) / mass
    doubt = (p * (np.arange(len(p))[:, None] - row) ** 2).sum(axis=0) / Y_PX_MM**2
    column = Column(
        row,
        above_mm(row),
        mass * sigmoid(printed.astype(np.float64)),
        sigmoid(edge.astype(np.float64)),
        place.astype(np.float64),
        column_mm(np.arange(len(row))),
        doubt,
    )
    return put_right(column, row, shift_mm)


def put_right(column: Column, row: NDArray[np.float64], shift_mm: NDArray[np.float32] | None) -> Column:
    """The same where the trace lies in other rows, (W,); see `read_columns` for `shift_mm`."""
    right, down = np.zeros((2, len(row))) if shift_mm is None else at_trace(shift_mm, row).T
    return replace(column, row=row, above_mm=above_mm(row) - down, x_mm=column_mm(np.arange(len(row))) + right)
