"""Canvas: what `PageNet` sees of the page's format, flat, in grid millimetres, ready to be summed in boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infer.backend import PageSeen
from infer.logits import log_softmax, sigmoid
from infer.rectify import PageMap
from synth.record import LEADS

#: Side of a cell of the canvas.
CELL_MM = 1.25

#: Planes of a canvas, after one for each lead's name; from PULSE on one for each of `GAINS_MM_MV`.
TERRITORY, LINE, START, SEEN, PULSE = range(len(LEADS), len(LEADS) + 5)

_FAINT = 0.3  # probability that counts for nothing
_VOTES = 3.0  # cells agree with their neighbours: all of a page together count as so many votes

Box = tuple[float, float, float, float]  # left, top, right, bottom in mm
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Canvas:
    """Probabilities per cell of the flat page.

    Attributes:
        planes: Of each lead's name, of a lead's territory, a zero line, a beginning; 1 where the page was seen; of
            a pulse of each gain; (20, h, w).
        sums: Their sums over all cells above and to the left, (20, h + 1, w + 1).
        origin_mm: Grid mm of the top left corner.
        speed: Probability of each of `SPEEDS_MM_S`.
    """

    planes: Numbers
    sums: Numbers
    origin_mm: Numbers
    speed: Numbers

    def total(self, plane: int, box: Box, x: Numbers, y: Numbers) -> Numbers:
        """Sum over a box (in mm) that is moved by x and y cells from the canvas's corner: (len(y), len(x))."""
        return next(self.totals([plane], np.array([box]), x, y))

    def totals(self, planes: Sequence[int], boxes: Numbers, x: Numbers, y: Numbers) -> Iterator[Numbers]:
        """The same of a box for every plane, (n, 4)."""
        h, w = self.sums.shape[1:]
        left, right = (_cells(boxes[:, [end]] / CELL_MM + x, w) for end in (0, 2))
        top, bottom = (_cells(boxes[:, [end]] / CELL_MM + y, h) for end in (1, 3))
        right = np.maximum(right, np.minimum(left + 1, w - 1))
        bottom = np.maximum(bottom, np.minimum(top + 1, h - 1))
        for k, plane in enumerate(planes):
            sums = self.sums[plane]
            columns = sums.take(right[k], axis=1) - sums.take(left[k], axis=1)
            yield columns.take(bottom[k], axis=0) - columns.take(top[k], axis=0)


def spread_out(seen: PageSeen, page: PageMap) -> Canvas:
    """The canvas of a page: what is seen in the small picture's cells, and where they lie."""
    mm = page.mm[page.on]
    name, pulse = _clear(seen.name), _clear(seen.pulse)
    rows = sigmoid(seen.rows)
    cells = np.concatenate([name, rows, np.ones_like(rows[:1]), pulse])[:, page.on].astype(np.float64)
    speed = (log_softmax(seen.speed) * rows[0])[:, page.on].sum(axis=1, dtype=np.float64)
    speed = np.exp(_VOTES * speed / max(float(rows[0][page.on].sum()), 1.0))
    origin = np.floor(mm.min(axis=0) / CELL_MM) * CELL_MM
    at = ((mm - origin) / CELL_MM).astype(np.intp)
    w, h = (int(n) + 1 for n in at.max(axis=0))
    flat = at[:, 1] * w + at[:, 0]
    count = np.maximum(np.bincount(flat, minlength=w * h), 1)
    planes = np.stack([np.bincount(flat, plane, minlength=w * h) / count for plane in cells])
    planes = planes.reshape(-1, h, w)
    sums = np.zeros((len(planes), h + 1, w + 1))
    sums[:, 1:, 1:] = planes.cumsum(axis=1).cumsum(axis=2)
    return Canvas(planes, sums, origin, speed / speed.sum())


def _clear(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of each class but the first, which is none; faint ones, summed over a page, would outweigh all."""
    return np.asarray(np.maximum(np.exp(log_softmax(logits))[1:] - _FAINT, 0.0) / (1.0 - _FAINT), np.float32)


def _cells(at: Numbers, size: int) -> NDArray[np.intp]:
    return np.clip(np.rint(at).astype(np.intp), 0, size - 1)
