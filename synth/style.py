"""What varies in print within one layout: the style, drawn anew for every page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec
import numpy as np

from synth.colours import GRID_COLOURS, INK_COLOURS, PAPER_COLOURS, RGB, WARM
from synth.fonts import FONTS
from synth.layout import Layout
from synth.ranges import Range, check_range, check_share, draw, pick

#: How a trace is drawn: through all samples; from the lowest to the highest value of every printed column; as dots.
Pen = Literal["line", "columns", "dots"]


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ranges of what varies in print.

    Attributes:
        trace_mm: Width of the trace, in mm.
        pens: How traces are drawn, one of these per page: `line` through all samples, `columns` from the lowest to
            the highest value of each printed column, `dots` at the samples.
        antialiased: Probability that edges of lines are smooth.
        inks: Names of ink colours to choose from.
        ink: Grey of the ink, 0 is black; in [0, 1].
        papers: Names of paper colours to choose from.
        paper: Grey of the paper, 1 is white; in [0, 1].
        grid_colours: Names of grid colours to choose from; the layout's own where empty.
        fine: Strength of the 1 mm grid, 0 is absent; in [0, 1].
        coarse: Strength of the 5 mm grid; in [0, 1].
        fine_mm: Width of the 1 mm lines, or size of the dots, in mm.
        coarse_mm: Width of the 5 mm lines, in mm.
        grid_shift_mm: How far the grid lies right and below its place, in mm.
        grid_turn_deg: How far the grid lies turned clockwise under the print, where it covers the paper: such
            paper is printed in advance, and devices pull it in askew.
        print_shift_mm: How far the print lies right and below its place, in mm.
        fonts: Fonts to choose from, one per page; the layout's own where empty.
        text_scale: Size of the text against the layout's.
        text_shift_mm: How far each text lies to any side of its place, in mm.
        pulse: Probability that the layout's calibration pulses are printed.
        separator: Probability that its separators are printed.
        lead_name: Probability that the names of the leads are printed.
        header: Probability of its header.
        footer: Probability of its footer.
    """

    trace_mm: Range = (0.30, 0.30)
    pens: tuple[Pen, ...] = ("line",)
    antialiased: float = 1.0
    inks: tuple[str, ...] = ("black",)
    ink: Range = (0.05, 0.05)
    papers: tuple[str, ...] = ("white",)
    paper: Range = (1.0, 1.0)
    grid_colours: tuple[str, ...] = ()
    fine: Range = (0.45, 0.45)
    coarse: Range = (0.9, 0.9)
    fine_mm: Range = (0.12, 0.12)
    coarse_mm: Range = (0.2, 0.2)
    grid_shift_mm: Range = (0.0, 0.0)
    grid_turn_deg: Range = (0.0, 0.0)
    print_shift_mm: Range = (0.0, 0.0)
    fonts: tuple[str, ...] = ()
    text_scale: Range = (1.0, 1.0)
    text_shift_mm: Range = (0.0, 0.0)
    pulse: float = 1.0
    separator: float = 1.0
    lead_name: float = 1.0
    header: float = 1.0
    footer: float = 1.0

    def __post_init__(self) -> None:
        """Refuse ranges out of order, unknown colours and fonts."""
        for field, low, high in (
            ("trace_mm", 0.1, 1.0), ("ink", 0.0, 1.0), ("paper", 0.0, 1.0), ("fine", 0.0, 1.0),
            ("coarse", 0.0, 1.0), ("fine_mm", 0.02, 0.5), ("coarse_mm", 0.02, 1.0),
            ("grid_shift_mm", -5.0, 5.0), ("grid_turn_deg", -3.0, 3.0), ("print_shift_mm", -10.0, 10.0),
            ("text_scale", 0.3, 2.0), ("text_shift_mm", 0.0, 5.0),
        ):  # fmt: skip
            check_range(field, getattr(self, field), low, high)
        for field, known, may_be_empty in (
            ("inks", INK_COLOURS, False),
            ("papers", PAPER_COLOURS, False),
            ("pens", ("line", "columns", "dots"), False),
            ("grid_colours", GRID_COLOURS, True),
            ("fonts", FONTS, True),
        ):
            names = getattr(self, field)
            unknown = [name for name in names if name not in known]
            if unknown or not (names or may_be_empty):
                raise ValueError(f"{field} must name some of {', '.join(known)}; got {unknown or 'none'}")
        for field in ("antialiased", "pulse", "separator", "lead_name", "header", "footer"):
            check_share(field, getattr(self, field))


@dataclass(frozen=True)
class DrawnStyle:
    """One draw from a `Style` for a layout; fields as there, colours as RGB in [0, 1]."""

    trace_mm: float
    pen: Pen
    antialiased: bool
    ink: RGB
    paper: RGB
    fine_colour: RGB
    coarse_colour: RGB
    fine: float
    coarse: float
    fine_mm: float
    coarse_mm: float
    grid_shift_mm: tuple[float, float]
    grid_turn_deg: float
    print_shift_mm: tuple[float, float]
    font: str
    name_font: str
    text_scale: float
    text_shift_mm: float
    pulse: bool
    separator: bool
    lead_name: bool
    header: bool
    footer: bool


def draw_style(style: Style, layout: Layout, rng: np.random.Generator) -> DrawnStyle:
    """Draw one page's style."""
    ink, paper = draw(style.ink, rng), draw(style.paper, rng)
    fine_name = pick(style.grid_colours or layout.grid.colours, rng)
    coarse_name = (None if style.grid_colours else layout.grid.coarse_colour) or fine_name
    font = pick(style.fonts or (layout.font,), rng)
    own_name_font = layout.lead_name.font if layout.lead_name and not style.fonts else None
    return DrawnStyle(
        fine_colour=GRID_COLOURS[fine_name],
        coarse_colour=GRID_COLOURS[coarse_name],
        font=font,
        name_font=own_name_font or font,
        trace_mm=draw(style.trace_mm, rng),
        fine=draw(style.fine, rng),
        coarse=draw(style.coarse, rng),
        fine_mm=draw(style.fine_mm, rng),
        coarse_mm=draw(style.coarse_mm, rng),
        grid_shift_mm=_within((draw(style.grid_shift_mm, rng), draw(style.grid_shift_mm, rng)), _grid_room(layout)),
        print_shift_mm=_within((draw(style.print_shift_mm, rng), draw(style.print_shift_mm, rng)), _room(layout)),
        text_scale=draw(style.text_scale, rng),
        text_shift_mm=draw(style.text_shift_mm, rng),
        pulse=bool(rng.uniform() < style.pulse),
        separator=bool(rng.uniform() < style.separator),
        lead_name=bool(rng.uniform() < style.lead_name),
        header=bool(rng.uniform() < style.header),
        footer=bool(rng.uniform() < style.footer),
        pen=pick(style.pens, rng),
        antialiased=bool(rng.uniform() < style.antialiased),
        ink=_lighter(INK_COLOURS[pick(style.inks, rng)], ink),
        paper=_darker(PAPER_COLOURS[pick(_fitting(style.papers, (fine_name, coarse_name)), rng)], paper),
        grid_turn_deg=draw(style.grid_turn_deg, rng) if _in_advance(layout) else 0.0,
    )


def _fitting(papers: tuple[str, ...], grid: tuple[str, str]) -> tuple[str, ...]:
    """The papers that are sold with a grid of such colours: rose ones with reds alone. All, if none is."""
    return tuple(name for name in papers if name != "rose" or WARM.issuperset(grid)) or papers


def _in_advance(layout: Layout) -> bool:
    """Whether its grid covers the paper, and no plotting program drew it with the traces."""
    return layout.grid.box_mm is None and layout.grid.raster_dpi is None


def _lighter(colour: RGB, grey: float) -> RGB:
    red, green, blue = (grey + (1.0 - grey) * channel for channel in colour)
    return red, green, blue


def _darker(colour: RGB, grey: float) -> RGB:
    red, green, blue = (grey * channel for channel in colour)
    return red, green, blue


_Room = tuple[tuple[float, float], tuple[float, float]]  # how far in x, and in y: (low, high)


def _room(layout: Layout) -> _Room:
    """How far the print may move before traces or pulses leave the paper."""
    left = layout.t0_mm - (layout.pulse_mm if layout.pulse and layout.pulse.side != "right" else 0.0)
    right = layout.right_mm + (layout.pulse_mm if layout.pulse and layout.pulse.side != "left" else 0.0)
    width, height = layout.page_mm
    return (-left, width - right), (-min(layout.zero_mm), height - max(layout.zero_mm))


def _grid_room(layout: Layout) -> _Room:
    """How far the grid may move: anyhow where it covers the paper, else within it."""
    if layout.grid.box_mm is None:
        return (-np.inf, np.inf), (-np.inf, np.inf)
    left, top, right, bottom = layout.grid.box_mm
    return (-left, layout.page_mm[0] - right), (-top, layout.page_mm[1] - bottom)


def _within(shift: tuple[float, float], room: _Room) -> tuple[float, float]:
    x, y = (min(max(value, low), high) for value, (low, high) in zip(shift, room, strict=True))
    return x, y
