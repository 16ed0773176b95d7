"""A flat page's map from its rows, where neither a grid nor names say its scale: strips of few leads, and bare copies.

Rows lie as far apart, and are as long, as a format of the catalogue has them: which formats do both at one scale says
that scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from infer.format.layouts import score_on_page
from infer.format.named import distinct, laid_anew, turned_level
from infer.format.unknown import seen_columns, seen_rows
from infer.networks.backend import PageSeen
from infer.networks.logits import sigmoid
from infer.page.canvas import CELL_MM, spread_out
from infer.page.rectify import PageMap, on_paper, without_grid
from synth.geometry import affine
from synth.layout import Layout

_TURNS_DEG = np.arange(-12.0, 12.1, 0.5)  # as networks know pages
_LINE = 1  # of what is seen of rows: a zero line
_ALIKE = 0.15  # by so much the scales of rows' distances and of their length may differ


def maps_by_rows(seen: PageSeen, size_px: tuple[int, int], layouts: Sequence[Layout]) -> list[PageMap]:
    """The maps by which rows lie as in a format, in mm of some page, that which fits best first; one for each scale."""
    page = _level(replace(without_grid(sigmoid(seen.paper), size_px), lock=0.0), seen)
    canvas = spread_out(seen, page)
    zeros = seen_rows(canvas)
    starts, right = seen_columns(canvas, zeros) if zeros else ([0.0], 0.0)
    if right <= starts[0]:
        return []
    pages = []
    for layout in layouts:
        along = (layout.right_mm - layout.t0_mm) / (right - starts[0])
        across = np.ptp(layout.zero_mm) / (zeros[-1] - zeros[0]) if len(zeros) > 1 else along
        if len(layout.zero_mm) != len(zeros) or abs(np.log(along / across)) > _ALIKE:
            continue
        scaled = laid_anew(page, affine(1.0 / along))
        if on_paper(scaled.mm[page.on]):
            pages.append((score_on_page(layout, spread_out(seen, scaled)), scaled))
    return distinct(pages)


def _level(page: PageMap, seen: PageSeen) -> PageMap:
    """The map turned so that zero lines lie level in it: then they fill the fewest rows of cells."""
    line = sigmoid(seen.rows[_LINE])[page.on]

    def filled(turn: float) -> float:
        x, y = page.mm[page.on].T
        row = np.floor((y * np.cos(turn) - x * np.sin(turn)) / CELL_MM).astype(np.intp)
        return float((np.bincount(row - row.min(), line) ** 2).sum())

    return turned_level(page, -float(np.tan(max(np.deg2rad(_TURNS_DEG), key=filled))), 0.0)
