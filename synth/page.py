"""Page: everything that is printed, placed in millimetres, exact, no pixels yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Points
from synth.layout import Layout
from synth.marks import Stroke, draw_pulses, draw_separators
from synth.parts import Field
from synth.record import EcgRecord, sample_count
from synth.style import DrawnStyle
from synth.words import Word, draw_words, fill

_EDGE_MM = 0.5  # between a trace and the end of the paper, at least: heads reach no farther


@dataclass(frozen=True, eq=False)
class Strip:
    """One printed stretch of one lead.

    Attributes:
        lead: Lead name.
        rhythm: Whether it is a rhythm strip.
        inverted: Whether it is drawn upside down (-aVR in Cabrera's order).
        row: Index among the rows, then the rhythm strips.
        t_s: Time of each printed sample since the beginning of the record, in s, (n,).
        mv: The samples as drawn, in mV, (n,): upside down if inverted, cut where the paper ends.
        xy_mm: Where the centre of the ink passes at each sample, (n, 2).
        t0_mm: x of time 0, printed or not: x = t0_mm + speed * t_s.
        zero_mm: y of 0 mV: y = zero_mm - gain * mv.
        gain_mm_mv: Amplitude scale of this lead.
        width_mm: Width of the trace.
    """

    lead: str
    rhythm: bool
    inverted: bool
    row: int
    t_s: NDArray[np.float64]
    mv: NDArray[np.float64]
    xy_mm: Points
    t0_mm: float
    zero_mm: float
    gain_mm_mv: float
    width_mm: float


@dataclass(frozen=True)
class Text:
    """A printed text; `xy_mm` is the end of its baseline that `anchor` names, `size_mm` the font's em.

    Of what is no text (`printed_as` "code39", "qr", "block"), `xy_mm` is the top-left corner and `size_mm` the height.
    """

    kind: Literal["lead_name", "header", "footer"]
    string: str
    xy_mm: tuple[float, float]
    size_mm: float
    font: str
    anchor: Literal["left", "centre", "right"] = "left"
    printed_as: Literal["text", "framed", "code39", "qr", "block"] = "text"
    lead: str | None = None


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

    @property
    def grid_box_mm(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the grid on this very page."""
        left, top, right, bottom = self.layout.grid_box_mm
        if self.layout.grid.box_mm is None:
            return left, top, right, bottom
        dx, dy = self.style.grid_shift_mm
        return left + dx, top + dy, right + dx, bottom + dy

    @property
    def grid_origin_mm(self) -> tuple[float, float]:
        """(x, y) of a crossing of the coarse grid."""
        x, y = self.layout.grid_origin_mm
        return x + self.style.grid_shift_mm[0], y + self.style.grid_shift_mm[1]


@dataclass(frozen=True)
class Cell:
    """A place for one lead: `row` among rows, then rhythm strips; x of its start, and its samples."""

    lead: str
    inverted: bool
    rhythm: bool
    row: int
    start_mm: float
    start_s: float
    samples: slice


def lay_out(record: EcgRecord, layout: Layout, style: DrawnStyle, rng: np.random.Generator) -> Page:
    """Place a record's first `layout.duration_s` seconds on paper.

    Leads that the record lacks, and its invalid samples, leave their place empty.
    """
    cells = lay_cells(layout, record.fs_hz)
    strips = tuple(strip for cell in cells if (strip := _strip(record, layout, style, cell)) is not None)
    pulses = draw_pulses(layout, style) if style.pulse else ()
    separators = draw_separators(layout, style) if style.separator else ()
    words = draw_words(record, rng)
    texts = (*_lead_names(layout, style, cells, rng), *_fields(layout, style, words, rng))
    return Page(layout, style, strips, (*pulses, *separators), texts)


def lay_cells(layout: Layout, fs_hz: float) -> list[Cell]:
    """Every place of the layout; sequential column k of K shows samples floor(k n / K) .. floor((k + 1) n / K)."""
    count = layout.column_count
    n = sample_count(layout.column_s * (1 if layout.columns == "simultaneous" else count), fs_hz)
    cells = []
    for row, leads in enumerate(layout.rows):
        for column, lead in enumerate(leads):
            stretch = slice(column * n // count, (column + 1) * n // count)
            if layout.columns == "simultaneous":
                stretch = slice(0, n)
            start_s = 0.0 if layout.columns == "simultaneous" else column * layout.column_s
            cells.append(_cell(lead, False, row, layout.column_mm(column), start_s, stretch))
    whole = slice(0, sample_count(layout.strip_s, fs_hz))
    for index, lead in enumerate(layout.rhythm):
        cells.append(_cell(lead, True, len(layout.rows) + index, layout.t0_mm, 0.0, whole))
    return cells


def _cell(lead: str, rhythm: bool, row: int, start_mm: float, start_s: float, samples: slice) -> Cell:
    return Cell(lead.removeprefix("-"), lead.startswith("-"), rhythm, row, start_mm, start_s, samples)


def _strip(record: EcgRecord, layout: Layout, style: DrawnStyle, cell: Cell) -> Strip | None:
    signal = record.lead(cell.lead)
    if signal is None:
        return None
    mv = signal[cell.samples] * (-1.0 if cell.inverted else 1.0)
    t_s = (cell.samples.start + np.arange(len(mv))) / record.fs_hz
    end_s = cell.samples.stop / record.fs_hz - layout.clear_mm / layout.speed_mm_s
    printed = np.isfinite(mv) & (t_s < end_s)
    if printed.sum() < 2:
        return None
    mv, t_s = mv[printed], t_s[printed]
    gain = layout.gain_of(cell.lead)
    t0_mm = cell.start_mm - cell.start_s * layout.speed_mm_s + style.print_shift_mm[0]
    zero_mm = layout.zero_mm[cell.row] + style.print_shift_mm[1]
    mv = _cut(mv, zero_mm, gain, layout, style)
    xy_mm = np.stack([t0_mm + t_s * layout.speed_mm_s, zero_mm - mv * gain], axis=1)
    return Strip(
        cell.lead, cell.rhythm, cell.inverted, cell.row, t_s, mv, xy_mm, t0_mm, zero_mm, gain, style.trace_mm
    )  # fmt: skip


def _cut(
    mv: NDArray[np.float64], zero_mm: float, gain: float, layout: Layout, style: DrawnStyle
) -> NDArray[np.float64]:
    """Cut off what would leave the grid, or the paper: a printer's head, and its driver, end there."""
    top, bottom = layout.grid_box_mm[1], layout.grid_box_mm[3]
    edge = style.trace_mm / 2.0 + (_EDGE_MM if layout.grid.box_mm is None else 0.0)
    shift = style.grid_shift_mm[1] if layout.grid.box_mm is not None else 0.0
    return np.clip(mv, (zero_mm - bottom - shift + edge) / gain, (zero_mm - top - shift - edge) / gain)


def _lead_names(layout: Layout, style: DrawnStyle, cells: list[Cell], rng: np.random.Generator) -> list[Text]:
    if layout.lead_name is None or not style.lead_name:
        return []
    shift, form = style.print_shift_mm, layout.lead_name
    jitter = rng.uniform(-1.0, 1.0, 2) * style.text_shift_mm  # all names alike: they share a driver
    texts = []
    for cell in cells:
        x = cell.start_mm + form.offset_mm[0] + shift[0] + float(jitter[0])
        y = layout.zero_mm[cell.row] + form.offset_mm[1] + shift[1] + float(jitter[1])
        name = form.text.replace("{lead}", ("-" if cell.inverted else "") + cell.lead)
        size = form.size_mm * style.text_scale
        texts.append(Text("lead_name", name, (x, y), size, style.name_font, lead=cell.lead))
    return texts


def _fields(layout: Layout, style: DrawnStyle, words: dict[str, Word], rng: np.random.Generator) -> list[Text]:
    chest = layout.chest_gain_mm_mv or layout.gain_mm_mv
    settings = {"speed": layout.speed_mm_s, "gain": layout.gain_mm_mv, "chest_gain": chest}
    words = words | {name: f"{value:g}" for name, value in settings.items()}
    texts = []
    for field in layout.fields:
        shift = np.array(style.print_shift_mm) + rng.uniform(-1.0, 1.0, 2) * style.text_shift_mm
        if style.header if field.kind == "header" else style.footer:
            texts += _field(field, words, style, (float(shift[0]), float(shift[1])))
    return texts


def _field(field: Field, words: dict[str, Word], style: DrawnStyle, shift: tuple[float, float]) -> list[Text]:
    own = style.font if field.font is None else field.font
    x, y = field.at_mm[0] + shift[0], field.at_mm[1] + shift[1]
    text = fill(field.text, words)
    if field.printed_as in ("code39", "qr", "block"):
        return [Text(field.kind, text, (x, y), field.size_mm, own, field.anchor, field.printed_as)]
    size = field.size_mm * style.text_scale
    return [
        Text(field.kind, line, (x, y + k * field.leading * field.size_mm), size, own, field.anchor, field.printed_as)
        for k, line in enumerate(text.split("\n"))
        if line.strip()
    ]
