"""The parts of a layout: calibration pulse, separators, lead names, grid, and fields of text."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from synth.colours import GRID_COLOURS
from synth.fonts import check_font
from synth.words import check_words

_LONGEST = 200  # signs of a line of text
_MOST_QR = 2000  # bytes; what words stand for may be longer

#: A length, duration or scale that makes sense on paper.
Positive = Annotated[float, msgspec.Meta(gt=0.0, le=2000.0)]

#: Where something lies, or how far beside.
Place = Annotated[float, msgspec.Meta(ge=-2000.0, le=2000.0)]

#: The height of letters or of a code: what larger ones would cost in memory, no page is worth.
Size = Annotated[float, msgspec.Meta(gt=0.0, le=30.0)]

#: The pitch of what repeats over a page.
Pitch = Annotated[float, msgspec.Meta(ge=0.2, le=2000.0)]

#: A length that may be none.
Length = Annotated[float, msgspec.Meta(ge=0.0, le=2000.0)]


class Pulse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The calibration pulse.

    Attributes:
        side: Before the first column, after the last, or both.
        rows: Which rows and rhythm strips have one.
        width_s: Width in seconds of paper.
        height_mv: Height in mV, at the gain of the lead beside it.
        feet_mm: Length of the line at zero on either side of it.
        gap_mm: Clear paper between pulse and trace.
    """

    side: Literal["left", "right", "both"] = "left"
    rows: Literal["each", "first", "last"] = "each"
    width_s: Positive = 0.2
    height_mv: Positive = 1.0
    feet_mm: Length = 0.0
    gap_mm: Length = 0.0


class Separator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The mark between the columns of a row, upright across the row's zero line.

    Attributes:
        kind: One bar; `dashes`, one above and one below the line; a dashed or a dotted line.
        height_mm: Its length; of each of the two `dashes`.
        width_mm: Its width; the size of a dot.
        clear_mm: Between two `dashes`; pitch of what is dashed or dotted; 0.2 at least.
        at: Between columns, or at their starts, or there and at the end.
        through: One mark through all rows, reaching half of `height_mm` beyond the first and the last.
    """

    kind: Literal["bar", "dashes", "dashed", "dotted"] = "bar"
    height_mm: Positive = 7.0
    width_mm: Positive = 0.76
    clear_mm: Pitch = 2.0
    at: Literal["between", "starts", "all"] = "between"
    through: bool = False


class LeadName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the name of a lead is printed.

    Attributes:
        offset_mm: (x, y) from the start of its trace at zero mV to the left end of the text's baseline.
        size_mm: Height of the font (its em), up to 30.
        font: One of `fonts.FONTS`; the page's own where null.
        text: What is written, `{lead}` being the name.
    """

    offset_mm: tuple[Place, Place] = (0.4, 7.1)
    size_mm: Size = 3.9
    font: str | None = None
    text: str = "{lead}"

    def __post_init__(self) -> None:
        """Refuse an unknown font and a text without the name."""
        check_font(self.font)
        if not self.text.isprintable() or len(self.text) > _LONGEST:
            raise ValueError(
                f"text {self.text[:20]!r} must be one line of at most {_LONGEST} signs that can be printed"
            )
        if "{lead}" not in self.text:
            raise ValueError(f"text {self.text!r} does not name the lead; write {{lead}} where its name goes")


class Grid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The grid of the paper.

    Attributes:
        fine: Lines, lines made of dots, dots at the crossings inside the coarse boxes, or nothing.
        coarse: Lines, lines made of dots, or nothing.
        pitch_mm: Of the fine and the coarse grid, 0.2 at least.
        bold_mm: Pitch of coarse lines that are printed twice as wide; none where null.
        box_mm: (left, top, right, bottom) of the grid, where both grids begin; the whole paper where null.
        shift_mm: How far right of and below that corner its first lines lie: drivers put lines on whole pixels.
        raster_dpi: Raster of whose whole pixels lines lie apart, as plotting programs draw them; evenly where null.
        colours: Names of colours to choose from, see `colours.GRID_COLOURS`.
        coarse_colour: Colour of the coarse grid; that of the fine one where null.
    """

    fine: Literal["lines", "dotted", "dots", "none"] = "lines"
    coarse: Literal["lines", "dots", "none"] = "lines"
    pitch_mm: tuple[Pitch, Pitch] = (1.0, 5.0)
    bold_mm: Pitch | None = None
    box_mm: tuple[Place, Place, Place, Place] | None = None
    shift_mm: tuple[Place, Place] = (0.0, 0.0)
    raster_dpi: Annotated[float, msgspec.Meta(ge=50.0, le=1200.0)] | None = None
    colours: tuple[str, ...] = ("salmon",)
    coarse_colour: str | None = None

    def __post_init__(self) -> None:
        """Refuse unknown colours and a box without inside."""
        unknown = [name for name in (*self.colours, self.coarse_colour) if name and name not in GRID_COLOURS]
        if unknown or not self.colours:
            raise ValueError(f"grid colours are {', '.join(GRID_COLOURS)}; got {unknown or 'none'}")
        if self.box_mm and not (self.box_mm[0] < self.box_mm[2] and self.box_mm[1] < self.box_mm[3]):
            raise ValueError(f"box_mm is (left, top, right, bottom), got {list(self.box_mm)}; swap its ends")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Printed words, or a code that holds them.

    Attributes:
        text: What is printed; `{rate}` and other names in braces stand for the words of the page, see
            `words.WORDS`, and `{date:%d.%m.%Y}` for a date in that form. Lines end at line feeds.
        at_mm: (x, y) of the first line's baseline, at its `anchor`; of a code, its top-left corner.
        anchor: Which end of each line lies there.
        size_mm: Height of the font (its em), or of the code; up to 30.
        leading: Distance of lines, in heights of the font.
        font: One of `fonts.FONTS`; the page's own where null.
        kind: `header` or `footer`: recipes may leave either away.
        printed_as: Text, text in a frame, a barcode (Code 39), a QR code, or a black square that only has its name.
    """

    text: str
    at_mm: tuple[Place, Place]
    anchor: Literal["left", "centre", "right"] = "left"
    size_mm: Size = 3.4
    leading: Positive = 1.5
    font: str | None = None
    kind: Literal["header", "footer"] = "header"
    printed_as: Literal["text", "framed", "code39", "qr", "block"] = "text"

    def __post_init__(self) -> None:
        """Refuse an unknown font and unknown words."""
        check_font(self.font)
        check_words(self.text)
        lines = self.text.split("\n")
        if max(map(len, lines)) > _LONGEST or len(self.text) > 5 * _LONGEST:
            said = f"a line of more than {_LONGEST} signs, or more than {5 * _LONGEST} in all"
            raise ValueError(f"text {self.text[:20]!r}... has {said}; make it shorter")
        if self.printed_as == "qr" and len(self.text.encode()) > _MOST_QR:
            raise ValueError(f"text {self.text[:20]!r}... is more than a QR code of {_MOST_QR} bytes holds; shorten it")
        if not all(line.isprintable() for line in lines):
            raise ValueError(f"text {self.text[:20]!r} holds signs that cannot be printed; lines end at \\n alone")
