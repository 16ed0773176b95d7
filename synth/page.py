"""Page: everything that is printed, placed in millimetres, exact, no pixels yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Points
from synth.header import footer_text, header_lines
from synth.layout import Layout
from synth.record import EcgRecord
from synth.style import DrawnStyle


@dataclass(frozen=True, eq=False)
class Strip:
    """One printed stretch of one lead.

    Attributes:
        lead: Lead name.
        rhythm: Whether it is a full-width rhythm strip.
        t_s: Time of each printed sample since time 0 of the page, in s, (n,).
        mv: The samples, in mV, (n,).
        xy_mm: Where the centre of the ink passes at each sample, (n, 2).
        zero_mm: y of 0 mV.
        width_mm: Width of the trace.
    """

    lead: str
    rhythm: bool
    t_s: NDArray[np.float64]
    mv: NDArray[np.float64]
    xy_mm: Points
    zero_mm: float
    width_mm: float


@dataclass(frozen=True, eq=False)
class Stroke:
    """A printed line that is no trace: `xy_mm` (n, 2) is its centre line."""

    kind: Literal["pulse", "separator"]
    xy_mm: Points
    width_mm: float


@dataclass(frozen=True)
class Text:
    """A printed text; `xy_mm` is the left end of its baseline, `size_mm` the font's em."""

    kind: Literal["lead_name", "header", "footer"]
    string: str
    xy_mm: tuple[float, float]
    size_mm: float
    font: str


@dataclass(frozen=True, eq=False)
class Page:
    """A whole printed page."""

    layout: Layout
    style: DrawnStyle
    strips: tuple[Strip, ...]
    strokes: tuple[Stroke, ...]
    texts: tuple[Text, ...]

    @property
    def t0_mm(self) -> float:
        """X of time 0 on this very page."""
        return self.layout.t0_mm + self.style.print_shift_mm[0]


def lay_out(record: EcgRecord, layout: Layout, style: DrawnStyle, rng: np.random.Generator) -> Page:
    """Place a record's first `layout.duration_s` seconds on paper.

    Leads that the record lacks, and its invalid samples, leave their place empty.
    """
    cells = _cells(layout)
    strips = tuple(strip for cell in cells if (strip := _strip(record, layout, style, cell)) is not None)
    return Page(layout, style, strips, _strokes(layout, style, cells), _texts(record, layout, style, cells, rng))


@dataclass(frozen=True)
class _Cell:
    lead: str
    rhythm: bool
    row: int  # among rows, then rhythm strips
    column: int
    columns: int

    def samples(self, n: int) -> slice:
        """The stretch of `n` samples that column k of K shows: floor(k n / K) .. floor((k + 1) n / K)."""
        return slice(self.column * n // self.columns, (self.column + 1) * n // self.columns)


def _cells(layout: Layout) -> list[_Cell]:
    cells = [
        _Cell(lead, False, row, column, len(leads))
        for row, leads in enumerate(layout.rows)
        for column, lead in enumerate(leads)
    ]
    first = len(layout.rows)
    return cells + [_Cell(lead, True, first + i, 0, 1) for i, lead in enumerate(layout.rhythm)]


def _strip(record: EcgRecord, layout: Layout, style: DrawnStyle, cell: _Cell) -> Strip | None:
    signal = record.lead(cell.lead)
    if signal is None:
        return None
    stretch = cell.samples(int(layout.duration_s * record.fs_hz))
    mv = signal[stretch]
    t_s = (stretch.start + np.arange(len(mv))) / record.fs_hz
    printed = np.isfinite(mv)
    if printed.sum() < 2:
        return None
    mv, t_s = mv[printed], t_s[printed]
    zero_mm = layout.zero_mm[cell.row] + style.print_shift_mm[1]
    xy_mm = _place(layout, style, cell.row, t_s, mv)
    return Strip(cell.lead, cell.rhythm, t_s, mv, xy_mm, zero_mm, style.trace_mm)


def _place(layout: Layout, style: DrawnStyle, row: int, t_s: NDArray[np.float64], mv: NDArray[np.float64]) -> Points:
    """Where (t, mV) of a row is printed, in mm, (n, 2)."""
    x = layout.t0_mm + style.print_shift_mm[0] + t_s * layout.speed_mm_s
    y = layout.zero_mm[row] + style.print_shift_mm[1] - mv * layout.gain_mm_mv
    return np.stack([x, y], axis=1)


def _strokes(layout: Layout, style: DrawnStyle, cells: list[_Cell]) -> tuple[Stroke, ...]:
    strokes = []
    for row in range(len(layout.zero_mm)):
        if style.pulse and layout.pulse is not None:
            w, h = layout.pulse.width_s, layout.pulse.height_mv
            t_s, mv = np.array([-w, -w, 0.0, 0.0]), np.array([0.0, h, h, 0.0])
            strokes.append(Stroke("pulse", _place(layout, style, row, t_s, mv), style.trace_mm))
    for cell in cells:
        if style.separator and layout.separator is not None and cell.column > 0:
            t_s = np.full(2, cell.column * layout.column_s)
            half = layout.separator.height_mm / 2.0 / layout.gain_mm_mv
            xy = _place(layout, style, cell.row, t_s, np.array([half, -half]))
            strokes.append(Stroke("separator", xy, layout.separator.width_mm))
    return tuple(strokes)


def _texts(
    record: EcgRecord, layout: Layout, style: DrawnStyle, cells: list[_Cell], rng: np.random.Generator
) -> tuple[Text, ...]:
    shift, scale = style.print_shift_mm, style.text_scale
    size = layout.lead_name.size_mm * scale
    texts = []
    for cell in cells:
        x = layout.t0_mm + cell.column * layout.column_s * layout.speed_mm_s + layout.lead_name.offset_mm[0]
        y = layout.zero_mm[cell.row] + layout.lead_name.offset_mm[1]
        texts.append(Text("lead_name", cell.lead, (x + shift[0], y + shift[1]), size, style.font))
    header = header_lines(record, rng)
    if style.header:
        for x, y, string in header:
            texts.append(Text("header", string, (x + shift[0], y + shift[1]), 3.4 * scale, style.font))
    if style.footer:
        y = layout.page_mm[1] - 5.6
        for x, string in footer_text(layout):
            texts.append(Text("footer", string, (x + shift[0], y + shift[1]), size, style.font))
    return tuple(texts)
