"""Canvas: what `PageNet` sees of the page's format, flat, in grid millimetres, ready to be summed in boxes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.networks.backend import PageSeen
from infer.networks.logits import log_softmax, sigmoid
from infer.networks.view import GAINS_MM_MV, SPEEDS_MM_S
from infer.page.rectify import PageMap
from synth.layout import Layout
from synth.record import LEADS

#: Side of a cell of the canvas.
CELL_MM = 1.25

#: Planes of a canvas, after one for each lead's name; from PULSE on one for each of `GAINS_MM_MV`.
TERRITORY, LINE, START, SEEN, PULSE = range(len(LEADS), len(LEADS) + 5)

_FAINT = 0.3  # probability that counts for nothing
_WORD = (5, 2)  # cells that a setting in words fills
_LEGIBLE = (0.5, 0.9)  # how much of them shows one that is not read, and one that is read as surely as can be
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
        speed: Probability of each of `SPEEDS_MM_S` by what the page looks like.
        words_speed: How surely each of them is printed in words, in [0, 1].
        words_gain: How surely each of `GAINS_MM_MV` is.
    """

    planes: Numbers
    sums: Numbers
    origin_mm: Numbers
    speed: Numbers
    words_speed: Numbers
    words_gain: Numbers

    def says(self, layout: Layout) -> tuple[float, float]:
        """How surely the speed and the gain of a format are printed in words."""
        speeds, gains = (
            dict(zip(values, sure, strict=True))
            for values, sure in ((SPEEDS_MM_S, self.words_speed), (GAINS_MM_MV, self.words_gain))
        )
        return float(speeds.get(layout.speed_mm_s, 0.0)), float(gains.get(layout.gain_mm_mv, 0.0))


class Shifts:
    """A canvas under boxes that are moved by x and y cells from its corner.

    Args:
        canvas: The page.
        x: Shifts along x, (n,).
        y: Shifts along y, (m,).
    """

    def __init__(self, canvas: Canvas, x: Numbers, y: Numbers) -> None:
        self.x, self.y = x, y
        self._sums = canvas.sums
        self._columns: dict[tuple[int, float, float], Numbers] = {}  # many boxes begin and end alike
        self._rows: dict[tuple[float, float], tuple[NDArray[np.intp], NDArray[np.intp]]] = {}

    def total(self, plane: int, box: Box) -> Numbers:
        """Sum over a box (in mm) at every shift, (m, n)."""
        left, top, right, bottom = box
        if (plane, left, right) not in self._columns:
            first, last = _ends(left, right, self.x, self._sums.shape[2])
            sums = self._sums[plane]
            self._columns[plane, left, right] = sums.take(last, axis=1) - sums.take(first, axis=1)
        columns = self._columns[plane, left, right]
        if (top, bottom) not in self._rows:
            self._rows[top, bottom] = _ends(top, bottom, self.y, len(columns))
        first, last = self._rows[top, bottom]
        return np.asarray(columns.take(last, axis=0) - columns.take(first, axis=0))

    def all(self, parts: Iterable[tuple[int, Box]]) -> Numbers:
        """The same of several planes, each in a box of its own, together."""
        return sum((self.total(plane, box) for plane, box in parts), np.zeros((len(self.y), len(self.x))))


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

    def spread(cells: Iterable[Numbers]) -> Numbers:
        return np.stack([np.bincount(flat, plane, minlength=w * h) / count for plane in cells]).reshape(-1, h, w)

    planes = spread(cells)
    words = spread(np.exp(log_softmax(seen.words))[1:, page.on].astype(np.float64))
    filled = np.array([cv2.blur(plane, _WORD).max() for plane in words])
    low, high = _LEGIBLE
    words_speed, words_gain = np.split(np.clip((filled - low) / (high - low), 0.0, 1.0), [len(SPEEDS_MM_S)])
    sums = np.zeros((len(planes), h + 1, w + 1))
    sums[:, 1:, 1:] = planes.cumsum(axis=1).cumsum(axis=2)
    return Canvas(planes, sums, origin, speed / speed.sum(), words_speed, words_gain)


def _clear(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probability of each class but the first, which is none; faint ones, summed over a page, would outweigh all."""
    return np.asarray(np.maximum(np.exp(log_softmax(logits))[1:] - _FAINT, 0.0) / (1.0 - _FAINT), np.float32)


def _ends(low_mm: float, high_mm: float, shifts: Numbers, size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First cell and that after the last, at least one, of what is moved by so many cells."""
    at = np.rint(np.array([[low_mm], [high_mm]]) / CELL_MM + shifts).clip(0, size - 1).astype(np.intp)
    return at[0], np.maximum(at[1], np.minimum(at[0] + 1, size - 1))
