"""What people write on a print: notes, signatures, and marks around what they saw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated

import numpy as np

from synth.colours import RGB
from synth.degrade.paper.writing import hand as free
from synth.degrade.paper.writing import scribble
from synth.degrade.paper.writing.hand import Hand, Outlines
from synth.degrade.paper.writing.notes import draw_note
from synth.degrade.paper.writing.pens import PENS, Pen, PenName, lay_strokes
from synth.degrade.paper.writing.spot import Box, Size, Zone, find_spot
from synth.degrade.step import Imprint, Picture
from synth.fonts import HAND_FONTS
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_count, pick

_WIDE_MM = 0.65  # a pen whose stroke is wider than this writes larger
_FATTEST = 1.4  # a font's strokes may be this many times as wide as the pen's
_LEAST_MM = 2.5  # height of the smallest letters that anybody writes
_EDGE_MM = 1.5  # kept between a note and the edge of the paper, if there is room


class Handwriting(Imprint, frozen=True, tag="handwriting"):
    """Notes and signatures, circles, arrows, underlines, ticks and measuring marks, by one or two people.

    Attributes:
        share: Probability that the page was written on.
        notes: How many notes and signatures, in [0, 20].
        marks: How many marks, in [0, 40].
        capital_mm: Height of capital letters, in [1.5, 12]; half as large again with a wide pen.
        unsteady: How much letters and strokes vary, 1 is usual; in [0, 2.5].
        pens: What is written with: ball pens of three colours, pencil, felt pen; each writer draws one.
    """

    share: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    notes: Annotated[Range, Within(0.0, 20.0, calm=0.0)] = (1.0, 4.0)
    marks: Annotated[Range, Within(0.0, 40.0, calm=0.0)] = (0.0, 5.0)
    capital_mm: Annotated[Range, Within(1.5, 12.0)] = (2.8, 5.0)
    unsteady: Annotated[Range, Within(0.0, 2.5)] = (0.7, 1.4)
    pens: tuple[PenName, ...] = ("blue", "blue", "black", "black", "red", "pencil", "felt")

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Write the notes, then the marks, each where somebody would."""
        there, notes, marks = rng.uniform() < self.share, draw_count(self.notes, rng), draw_count(self.marks, rng)
        if not there:
            return image
        writers = [self._writer(rng) for _ in range(2)]
        page = _Page(image, px_per_mm)
        for make in [_note] * notes + [pick(_MARKS, rng) for _ in range(marks)]:
            writer = writers[int(rng.uniform() < 0.25)]
            outlines = make(page, writer.hand, rng)
            page.written.append(free.extent(outlines))
            lay_strokes(image, outlines, writer.pen, writer.colour, px_per_mm, rng, grow_mm=writer.grow_mm)
        return image

    def _writer(self, rng: np.random.Generator) -> _Writer:
        pen, font = PENS[pick(self.pens, rng)], pick(HAND_FONTS, rng)
        depth, colour, width = draw(pen.depth, rng), pick(pen.colours, rng), draw(pen.width_mm, rng)
        capital = draw(self.capital_mm, rng) * (1.5 if width > _WIDE_MM else 1.0)
        capital *= min(1.0, _FATTEST * width / free.stem_mm(font, capital))
        stem = min(width, free.stem_mm(font, capital))
        hand = Hand(font, capital, stem, slant=float(rng.normal(0.08, 0.15)), unsteady=draw(self.unsteady, rng))
        red, green, blue = (1.0 - depth * (1.0 - channel) for channel in colour)
        return _Writer(hand, pen, (red, green, blue), (width - stem) / 2.0)


@dataclass(frozen=True)
class _Writer:
    """Somebody with a pen, whose ink goes `grow_mm` beyond the hand's outlines."""

    hand: Hand
    pen: Pen
    colour: RGB
    grow_mm: float


@dataclass(frozen=True, eq=False)
class _Page:
    """The print that is written on, and where it was."""

    image: Picture
    px_per_mm: float
    written: list[Box] = field(default_factory=list)

    def spot(self, size: Size, zone: Zone, rng: np.random.Generator, *, inked: bool = False) -> Points:
        """The middle of a box of `size` mm beside what was written: where there is least ink, or most where `inked`."""
        at = find_spot(self.image, self.px_per_mm, size, zone, rng, inked=inked, taken=self.written)
        return np.asarray(at + np.array(size) / 2.0)


def _note(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """A note or a signature on free paper: near the header, in the margin, now and then over traces."""
    luck = rng.uniform()
    if rng.uniform() < 0.15:
        outlines = scribble.signature(hand.capital_mm * rng.uniform(4.0, 9.0), hand, rng)
    else:
        outlines = free.write(draw_note(rng), hand, rng)
    upright = luck > 0.97  # along the edge
    outlines = free.moved(outlines, np.zeros(2), rng.normal(0.0, 0.06) - (np.pi / 2.0 if upright else 0.0))
    low, high = free.extent(outlines)
    size = (float(high[0] - low[0]) + 2.0 * _EDGE_MM, float(high[1] - low[1]) + 2.0 * _EDGE_MM)
    zone: Zone = "head" if luck < 0.5 else "margin" if luck < 0.7 else "page"
    return free.moved(outlines, page.spot(size, zone, rng) - (low + high) / 2.0)


def _circle(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Around beats, or around printed words."""
    words = rng.uniform() < 0.2
    width, height = (rng.uniform(14.0, 45.0), rng.uniform(6.0, 9.0)) if words else rng.uniform(8.0, (38.0, 26.0))
    at = page.spot((width, height), "head" if words else "traces", rng, inked=True)
    return free.moved(scribble.ellipse((width, height), hand, rng), at)


def _arrow(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """At a beat, from any side, ending short of it."""
    turn, length = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(7.0, 28.0)
    away = np.array([np.cos(turn), np.sin(turn)])
    return free.moved(
        scribble.arrow(length * away, hand, rng), page.spot((4.0, 5.0), "traces", rng, inked=True) + 2.5 * away
    )


def _underline(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Under printed words; now and then through them."""
    length, through = rng.uniform(8.0, 50.0), rng.uniform() < 0.2
    below = np.array([-length / 2.0, 0.0 if through else 2.0])
    return free.moved(scribble.underline(length, hand, rng), page.spot((length, 4.0), "head", rng, inked=True) + below)


def _tick(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """As a sign that the page was seen."""
    size = hand.capital_mm * rng.uniform(0.8, 2.5)
    zones: tuple[Zone, ...] = ("head", "margin")
    return free.moved(scribble.tick(size, hand, rng), page.spot((1.2 * size, 1.2 * size), pick(zones, rng), rng))


def _calipers(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Over a complex or an interval, mostly with what was measured."""
    width, above = rng.uniform(2.0, 24.0), rng.uniform(-8.0, 8.0)
    outlines = scribble.calipers(width, hand, rng)
    if rng.uniform() < 0.6:
        said = pick((f"{0.04 * width:.2f}", f"{40.0 * width:.0f}", f"{40.0 * width:.0f} ms"), rng)
        small = replace(hand, capital_mm=max(_LEAST_MM, 0.8 * hand.capital_mm))
        to = np.array([rng.normal(0.0, 1.0) - hand.capital_mm, -3.5])
        outlines += free.moved(free.write(said, small, rng), to, rng.normal(0.0, 0.06))
    at = page.spot((min(width, 6.0), 12.0), "traces", rng, inked=True)
    return free.moved(outlines, at - (0.0, above), rng.normal(0.0, 0.04))


def _march(page: _Page, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Along a row, from beat to beat."""
    pitch, count = rng.uniform(9.0, 25.0), int(rng.integers(3, 7))
    length = pitch * (count - 1)
    at = page.spot((length, 10.0), "traces", rng, inked=True) - (length / 2.0, rng.uniform(2.0, 5.0))
    return free.moved(scribble.march(pitch, count, hand, rng), at)


_MARKS = (_circle, _circle, _circle, _arrow, _arrow, _underline, _underline, _tick, _calipers, _calipers, _march)
