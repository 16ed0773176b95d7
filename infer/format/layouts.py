"""Step 2 of a reading: which format the page has, and where on the grid it lies.

`PageNet` says of every cell which lead's name is printed there, and whether it lies in a lead's territory, on a zero
line, where a lead begins. Each layout says where all these would be: the one that agrees best, at its best place, is
taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infer.format.territory import row_bands
from infer.networks.view import GAINS_MM_MV
from infer.page.canvas import CELL_MM, LINE, PULSE, SEEN, START, TERRITORY, Box, Canvas, Numbers, Shifts
from synth.layout import Layout
from synth.marks import lay_pulses
from synth.page import Cell, lay_cells
from synth.record import LEADS

_STEP = 2  # cells between the places along x that are tried first; along y lines are as thin as a cell
_WEIGHTS = {"name": 5.0, "line": 2.0, "start": 1.0, "territory": 2.0, "pulse": 2.0}
_STANDING = {kind: _WEIGHTS[kind] for kind in ("line", "start", "territory")}
_PRINTED = 0.3  # weight of settings that are printed in words
_SHARP = 12.0  # how much a score's difference says
_NO_RIVAL = 1.0  # so much worse a layout is out, before it is looked at closely
_LEAST_CELLS = 20.0  # names that fill fewer cells are none
_THICK_MM = 1.0  # half the width of a line
_BESIDE = 0.7  # share of a layout that must lie in the picture, along each axis
_RIVALS, _MAYBE = 2, 0.01  # of a layout, at most, and the probability from which one is a rival
_CUT = 2.5  # what a layout loses of which hardly anything lies in the picture


@dataclass(frozen=True, eq=False)
class Found:
    """A layout on the page.

    Attributes:
        layout: The format.
        shift_mm: Where its paper's corner lies in grid mm, to about 1 mm.
        certainty: Probability among the layouts that were asked, in [0, 1].
        agreement: How well rows and columns stand where the format says, in [0, 1].
        rivals: Names of others that it may be, the likeliest first.
    """

    layout: Layout
    shift_mm: tuple[float, float]
    certainty: float
    agreement: float
    rivals: tuple[str, ...] = ()


def find_layout_on_page(canvas: Canvas, layouts: Sequence[Layout]) -> Found:
    """The best layout of several."""
    told = np.array([_PRINTED * sum(canvas.says(layout)) for layout in layouts])
    placed = [_place(layout, canvas) for layout in layouts]
    scores = told + [score for score, *_ in placed]
    for k in np.flatnonzero(scores > scores.max() - _NO_RIVAL).tolist():
        placed[k] = _place(layouts[k], canvas, placed[k])
        scores[k] = told[k] + placed[k][0]
    best = int(scores.argmax())
    share = np.exp((scores - scores.max()) * _SHARP)
    shift = canvas.origin_mm + np.array(placed[best][1:]) * CELL_MM
    there = Shifts(canvas, *(np.array([at]) for at in placed[best][1:]))
    agreement = float(_score(layouts[best], canvas, there, _STANDING)[0, 0])
    agreement /= sum(_STANDING.values())
    share /= share.sum()
    rivals = tuple(layouts[k].name for k in np.argsort(-share)[1 : 1 + _RIVALS].tolist() if share[k] > _MAYBE)
    return Found(layouts[best], (float(shift[0]), float(shift[1])), float(share[best]), agreement, rivals)


def score_on_page(layout: Layout, canvas: Canvas) -> float:
    """How well a layout agrees at its best place; the more, the better."""
    return _place(layout, canvas, _place(layout, canvas))[0]


def _place(
    layout: Layout, canvas: Canvas, near: tuple[float, float, float] | None = None
) -> tuple[float, float, float]:
    """Score at the best place of a layout, and that place, x and y in cells of the canvas.

    Args:
        layout: The format.
        canvas: The page.
        near: The same as already found; looked at more closely then.
    """
    whole = np.array(canvas.planes.shape[:0:-1])
    boxes = [box for kind, _, box in _parts(layout) if kind == "territory"]
    low, high = np.array(boxes).min(axis=0)[:2] / CELL_MM, np.array(boxes).max(axis=0)[2:] / CELL_MM
    inside = _BESIDE * np.minimum(high - low, whole)
    ends = (np.floor(inside - high), np.ceil(whole - inside - low))
    x, y = (np.arange(ends[0][axis], ends[1][axis] + 1.0, step) for axis, step in ((0, _STEP), (1, 1)))
    if near is not None:
        x, y = np.arange(near[1] - _STEP, near[1] + _STEP + 0.5, 0.5), np.arange(near[2] - 1.0, near[2] + 1.5, 0.5)
    shifts = Shifts(canvas, x, y)
    score = _score(layout, canvas, shifts) - _CUT * (1.0 - _within(boxes, shifts)) ** 2
    i, j = np.unravel_index(int(score.argmax()), score.shape)
    return float(score[i, j]), float(x[j]), float(y[i])


def _within(boxes: Sequence[Box], shifts: Shifts) -> Numbers:
    """Share of all boxes that lies in the picture, in [0, 1]."""
    whole = sum((right - left) * (bottom - top) for left, top, right, bottom in boxes) / CELL_MM**2
    return np.asarray(np.minimum(shifts.all((SEEN, box) for box in boxes) / whole, 1.0))


def _score(layout: Layout, canvas: Canvas, shifts: Shifts, weights: dict[str, float] = _WEIGHTS) -> Numbers:
    """How well a layout agrees where it is moved to: weighted overlaps (Dice) of what is said and what is seen."""
    score = np.zeros((len(shifts.y), len(shifts.x)))
    parts = _parts(layout)
    whole = canvas.sums[:, -1, -1]
    seen = {"name": whole[: len(LEADS)].sum(), "pulse": whole[PULSE:].sum()}
    seen |= {"line": whole[LINE], "start": whole[START], "territory": whole[TERRITORY]}
    for kind, weight in weights.items():
        own = [(plane, box) for part, plane, box in parts if part == kind]
        both, said = shifts.all(own), shifts.all((SEEN, box) for _, box in own)
        score += weight * 2.0 * both / np.maximum(said + seen[kind], _LEAST_CELLS)
    return score


def _parts(layout: Layout) -> list[tuple[str, int, Box]]:
    """Everything of a layout that can be seen: its kind, the plane that shows it, its box on the paper in mm."""
    cells = lay_cells(layout, 1000.0)
    bands = row_bands([layout.zero_mm[cell.row] for cell in cells])
    parts: list[tuple[str, int, Box]] = []
    for cell, (top, bottom) in zip(cells, bands, strict=True):
        left, zero = cell.start_mm, layout.zero_mm[cell.row]
        right = left + (cell.samples.stop - cell.samples.start) / 1000.0 * layout.speed_mm_s
        parts.append(("territory", TERRITORY, (left, top, right, bottom)))
        parts.append(("line", LINE, (left, zero - _THICK_MM, right, zero + _THICK_MM)))
        parts.append(("start", START, (left - _THICK_MM, top, left + _THICK_MM, bottom)))
        if layout.lead_name is not None:
            parts.append(("name", LEADS.index(cell.lead), _name_box(layout, cell)))
    parts += [("pulse", PULSE + GAINS_MM_MV.index(gain), box) for gain, box in _pulses(layout) if gain in GAINS_MM_MV]
    return parts


def name_places(layout: Layout) -> list[tuple[int, Numbers]]:
    """Which lead's name is printed where: its number, and the middle of its box on the paper in mm."""
    boxes = [(plane, np.array(box)) for kind, plane, box in _parts(layout) if kind == "name"]
    return [(lead, (box[:2] + box[2:]) / 2.0) for lead, box in boxes]


def _name_box(layout: Layout, cell: Cell) -> Box:
    """About where a lead's name is printed."""
    form = layout.lead_name
    assert form is not None
    text = form.text.replace("{lead}", ("-" if cell.inverted else "") + cell.lead)
    x, y = cell.start_mm + form.offset_mm[0], layout.zero_mm[cell.row] + form.offset_mm[1]
    return x, y - 0.72 * form.size_mm, x + 0.55 * form.size_mm * len(text), y


def _pulses(layout: Layout) -> list[tuple[float, Box]]:
    """Gain and box of every calibration pulse."""
    boxes = [(*xy_mm.min(axis=0), *xy_mm.max(axis=0)) for xy_mm in lay_pulses(layout)]
    return [(round(bottom - top, 3), (left, top, right, bottom)) for left, top, right, bottom in boxes]
