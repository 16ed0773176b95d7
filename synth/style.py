"""What varies in print within one layout: the style, drawn anew for every page."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from synth.ranges import Range, check_range, draw

#: Grid colours seen on real paper: RGB in [0, 1] at full strength.
GRID_COLOURS: dict[str, tuple[float, float, float]] = {
    "pink": (0.95, 0.62, 0.70),
    "magenta": (0.80, 0.30, 0.55),
    "salmon": (0.95, 0.60, 0.52),
    "red": (0.82, 0.25, 0.25),
    "darkred": (0.42, 0.13, 0.13),
    "orange": (0.93, 0.66, 0.40),
    "green": (0.45, 0.70, 0.52),
    "blue": (0.45, 0.58, 0.85),
    "grey": (0.55, 0.55, 0.55),
    "black": (0.12, 0.12, 0.12),
}

#: Fonts that ship in data/fonts, by file name without ending; "dejavu-sans" comes with matplotlib.
FONTS = (
    "dejavu-sans",
    "arimo-400",
    "arimo-700",
    "tinos-400",
    "cousine-400",
    "roboto-condensed-400",
    "courier-prime-400",
    "vt323-400",
    "dotgothic16-400",
)


class Style(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Ranges of what varies in print.

    Attributes:
        trace_mm: Width of the trace, in mm.
        ink: Grey of the ink, 0 is black; in [0, 1].
        paper: Grey of the paper, 1 is white; in [0, 1].
        grid_colours: Names of grid colours to choose from.
        fine: Strength of the 1 mm lines, 0 is absent; in [0, 1].
        coarse: Strength of the 5 mm lines; in [0, 1].
        fine_mm: Width of the 1 mm lines, in mm.
        coarse_mm: Width of the 5 mm lines, in mm.
        grid_shift_mm: How far the grid lies right and below the paper's corner, in mm.
        print_shift_mm: How far the print lies right and below its place, in mm.
        fonts: Fonts to choose from, one per page.
        text_scale: Size of the text against the layout's.
        pulse: Probability that the layout's calibration pulses are printed.
        separator: Probability that its separators are printed.
        header: Probability of a patient header.
        footer: Probability of the speed and gain line at the foot.
    """

    trace_mm: Range = (0.30, 0.30)
    ink: Range = (0.05, 0.05)
    paper: Range = (1.0, 1.0)
    grid_colours: tuple[str, ...] = ("salmon",)
    fine: Range = (0.45, 0.45)
    coarse: Range = (0.9, 0.9)
    fine_mm: Range = (0.12, 0.12)
    coarse_mm: Range = (0.2, 0.2)
    grid_shift_mm: Range = (0.0, 0.0)
    print_shift_mm: Range = (0.0, 0.0)
    fonts: tuple[str, ...] = ("arimo-400",)
    text_scale: Range = (1.0, 1.0)
    pulse: float = 1.0
    separator: float = 1.0
    header: float = 1.0
    footer: float = 1.0

    def __post_init__(self) -> None:
        """Refuse ranges out of order, unknown colours and fonts."""
        for field, low, high in (
            ("trace_mm", 0.1, 1.0), ("ink", 0.0, 1.0), ("paper", 0.0, 1.0), ("fine", 0.0, 1.0),
            ("coarse", 0.0, 1.0), ("fine_mm", 0.02, 0.5), ("coarse_mm", 0.02, 1.0),
            ("grid_shift_mm", -5.0, 5.0), ("print_shift_mm", -10.0, 10.0), ("text_scale", 0.3, 2.0),
        ):  # fmt: skip
            check_range(field, getattr(self, field), low, high)
        for field, names, known in (
            ("grid_colours", self.grid_colours, GRID_COLOURS),
            ("fonts", self.fonts, FONTS),
        ):
            unknown = [name for name in names if name not in known]
            if unknown or not names:
                raise ValueError(f"{field} must name some of {', '.join(known)}; got {unknown or 'none'}")
        for field in ("pulse", "separator", "header", "footer"):
            if not 0.0 <= getattr(self, field) <= 1.0:
                raise ValueError(f"{field} is a probability in [0, 1], got {getattr(self, field)}")


@dataclass(frozen=True)
class DrawnStyle:
    """One draw from a `Style`; fields as there, colours as RGB in [0, 1]."""

    trace_mm: float
    ink: tuple[float, float, float]
    paper: tuple[float, float, float]
    grid: tuple[float, float, float]
    fine: float
    coarse: float
    fine_mm: float
    coarse_mm: float
    grid_shift_mm: tuple[float, float]
    print_shift_mm: tuple[float, float]
    font: str
    text_scale: float
    pulse: bool
    separator: bool
    header: bool
    footer: bool


def draw_style(style: Style, rng: np.random.Generator) -> DrawnStyle:
    """Draw one page's style."""
    ink, paper = draw(style.ink, rng), draw(style.paper, rng)
    return DrawnStyle(
        trace_mm=draw(style.trace_mm, rng),
        ink=(ink, ink, ink),
        paper=(paper, paper, paper),
        grid=GRID_COLOURS[style.grid_colours[int(rng.integers(len(style.grid_colours)))]],
        fine=draw(style.fine, rng),
        coarse=draw(style.coarse, rng),
        fine_mm=draw(style.fine_mm, rng),
        coarse_mm=draw(style.coarse_mm, rng),
        grid_shift_mm=(draw(style.grid_shift_mm, rng), draw(style.grid_shift_mm, rng)),
        print_shift_mm=(draw(style.print_shift_mm, rng), draw(style.print_shift_mm, rng)),
        font=style.fonts[int(rng.integers(len(style.fonts)))],
        text_scale=draw(style.text_scale, rng),
        pulse=bool(rng.uniform() < style.pulse),
        separator=bool(rng.uniform() < style.separator),
        header=bool(rng.uniform() < style.header),
        footer=bool(rng.uniform() < style.footer),
    )
