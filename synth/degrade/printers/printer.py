"""The printer: how ink and grid come on paper. Printers differ in dots, edges, density; none moves a label."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal

import cv2
import numpy as np

from synth.degrade.cloud import cloud
from synth.degrade.printers.ink import as_large, halftone, rescaled, spread, waves
from synth.degrade.printers.screen import Panel, draw_panel, framed
from synth.draw import Picture, blend, draw_ink, set_words
from synth.geometry import Feed, Map
from synth.grid import draw_paper
from synth.letters import Word
from synth.page import Page
from synth.ranges import Range, Ranged, Within, draw, draw_count, pick

_FAINT = 0.06  # a halftone weaker than this is not seen
_COARSE = 8  # dots per value of what is uneven along the paper
_ROUND = 0.45  # sigma that makes a square dot round, in dots


@dataclass(frozen=True, eq=False)
class Print:
    """A printed page.

    Attributes:
        image: (H, W, 3) uint8 RGB, as large as the paper; pixel centres follow `geometry.raster_map`.
        px_per_mm: Its scale.
        words: The texts as they were set.
    """

    image: Picture
    px_per_mm: float
    words: tuple[Word, ...]


class Printer(Ranged, frozen=True, tag_field="kind"):
    """What prints a page."""

    @abstractmethod
    def press(self, page: Page, px_per_mm: float, rng: np.random.Generator) -> Print:
        """Print a page on a raster of `px_per_mm`."""

    def feed(self, page_mm: tuple[float, float], rng: np.random.Generator) -> Map | None:
        """How unsteady transport moves the print, mm to mm; None where it is steady."""
        return None

    def panel(self, page_mm: tuple[float, float], px_per_mm: float, rng: np.random.Generator) -> Panel | None:
        """The screen that shows the page in a picture of `px_per_mm`; None where there is paper."""
        return None


class Ideal(Printer, frozen=True, tag="ideal"):
    """The page as its driver sees it, without faults of a printer."""

    def press(self, page: Page, px_per_mm: float, rng: np.random.Generator) -> Print:
        """Draw paper and ink."""
        words = set_words(page, px_per_mm, fitted=True)
        ink = draw_ink(page, px_per_mm, words, smooth=page.style.antialiased)
        return Print(blend(draw_paper(page, px_per_mm), ink, page.style.ink), px_per_mm, tuple(words))


class Office(Printer, frozen=True, tag="office"):
    """An office printer, laser or inkjet: dots spread, edges fray, colours are made of halftone dots.

    Attributes:
        dot_gain_mm: How far ink spreads beyond its edge, in [0, 0.15].
        fray: Roughness of edges: wicking of ink, scattered toner; share of full ink, in [0, 0.5].
        mottle: Unevenness of the ink's density, in [0, 0.6].
        halftone_mm: Pitch of the halftone screens, in [0.15, 0.8].
        halftone: Strength of the halftone, 0 is a printer of true colours; in [0, 1].
    """

    dot_gain_mm: Annotated[Range, Within(0.0, 0.15, calm=0.0)] = (0.0, 0.05)
    fray: Annotated[Range, Within(0.0, 0.5, calm=0.0)] = (0.0, 0.15)
    mottle: Annotated[Range, Within(0.0, 0.6, calm=0.0)] = (0.0, 0.2)
    halftone_mm: Annotated[Range, Within(0.15, 0.8)] = (0.22, 0.42)
    halftone: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.0, 0.8)

    def press(self, page: Page, px_per_mm: float, rng: np.random.Generator) -> Print:
        """Print ink and dots as fine as the picture."""
        gain, fray, mottle = draw(self.dot_gain_mm, rng), draw(self.fray, rng), draw(self.mottle, rng)
        pitch, share = draw(self.halftone_mm, rng), draw(self.halftone, rng)
        words = set_words(page, px_per_mm)
        ink = draw_ink(page, px_per_mm, words, smooth=page.style.antialiased)
        ink = spread(ink, gain * px_per_mm, fray, mottle, rng)
        paper = draw_paper(page, px_per_mm)
        if share >= _FAINT:
            paper = halftone(paper, pitch * px_per_mm, share)
        return Print(blend(paper, ink, page.style.ink), px_per_mm, tuple(words))


class Thermal(Printer, frozen=True, tag="thermal"):
    """A thermal head: square dots, missing elements, uneven feed and heat, and paper that fades.

    Attributes:
        dots_per_mm: Of the head, in [4, 16].
        dropouts: Number of dead elements of the head, each a line without ink, in [0, 40].
        head: Along which side the head lies: `upright`, dead elements leave horizontal lines, or `across`.
        feed_mm: Standard deviation of the feed's unsteadiness; the print, grid included, moves with it; in [0, 0.5].
        banding: Depth of bands of weaker heat, in [0, 0.8].
        fading: Share of the ink that has faded, in [0, 0.9].
    """

    dots_per_mm: Annotated[Range, Within(4.0, 16.0)] = (8.0, 8.0)
    dropouts: Annotated[Range, Within(0.0, 40.0, calm=0.0)] = (0.0, 3.0)
    head: tuple[Literal["upright", "across"], ...] = ("upright", "across")
    feed_mm: Annotated[Range, Within(0.0, 0.5, calm=0.0)] = (0.0, 0.08)
    banding: Annotated[Range, Within(0.0, 0.8, calm=0.0)] = (0.0, 0.3)
    fading: Annotated[Range, Within(0.0, 0.9, calm=0.0)] = (0.0, 0.35)

    def press(self, page: Page, px_per_mm: float, rng: np.random.Generator) -> Print:
        """Burn the ink dot by dot, then lay it on the paper, whose grid is as fine as the picture."""
        upright = pick(self.head, rng) == "upright"
        dots = draw(self.dots_per_mm, rng)
        dropouts, banding, fading = draw_count(self.dropouts, rng), draw(self.banding, rng), draw(self.fading, rng)
        words = set_words(page, dots, fitted=True)
        ink = draw_ink(page, dots, words, smooth=False)
        ink = ink if upright else np.asarray(cv2.transpose(ink))
        for row in rng.integers(ink.shape[0], size=dropouts):
            ink[row] = 0
        small = tuple(max(2, side // _COARSE) for side in ink.shape)
        heat = 1.0 - banding * waves(small[1], 40.0 * dots / _COARSE, rng)[None, :]
        age = 1.0 - fading * (0.5 + 0.5 * cloud(small, 8, rng))
        left = cv2.resize(np.asarray(255.0 * heat * age, dtype=np.uint8), ink.shape[::-1])
        ink = np.asarray(cv2.multiply(ink, left, scale=1.0 / 255.0), dtype=np.uint8)
        ink = ink if upright else np.asarray(cv2.transpose(ink))
        paper = draw_paper(page, px_per_mm)
        ink = as_large(rescaled(ink, px_per_mm / dots), paper)
        round_px = _ROUND * max(1.0, px_per_mm / dots)  # a dot is round
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), round_px), dtype=np.uint8)
        return Print(blend(paper, ink, page.style.ink), px_per_mm, tuple(words))

    def feed(self, page_mm: tuple[float, float], rng: np.random.Generator) -> Map | None:
        """A slowly wandering shift along the feed, at most 0.4 of what would fold the print."""
        axis: Literal[0, 1] = 0 if pick(self.head, rng) == "upright" else 1
        sigma = draw(self.feed_mm, rng)
        if sigma == 0.0:
            return None
        at = np.linspace(0.0, page_mm[axis], max(3, round(page_mm[axis] / 4.0)))
        step = np.clip(rng.normal(0.0, 0.7 * sigma, len(at) - 1), -0.4 * at[1], 0.4 * at[1])
        shift = np.concatenate([[0.0], np.cumsum(step)])
        shift = shift - np.linspace(shift[0], shift[-1], len(at))  # both ends of the paper stay
        return Feed(axis, at, np.clip(shift, -3.0 * sigma, 3.0 * sigma))


class Screen(Printer, frozen=True, tag="screen"):
    """No printer: the page as an application shows it, in the pixels of a screen that is then pictured.

    Attributes:
        px_per_mm: Pixels of the screen per mm of page, in [2, 12].
        stripes: How far a camera can tell the stripes of red, green and blue that its pixels are made of, 1 being a
            sharp lens before a bare panel; where they meet the camera's own pixels there is moire; in [0, 1].
    """

    px_per_mm: Annotated[Range, Within(2.0, 12.0)] = (3.5, 6.0)
    stripes: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.2, 0.8)

    def press(self, page: Page, px_per_mm: float, rng: np.random.Generator) -> Print:
        """Draw in the screen's pixels, then show each as the square that it is."""
        own = draw(self.px_per_mm, rng)
        words = set_words(page, own, fitted=True)
        ink = draw_ink(page, own, words, smooth=page.style.antialiased)
        image = blend(draw_paper(page, own), ink, page.style.ink)
        return Print(rescaled(image, px_per_mm / own), px_per_mm, tuple(words))

    def panel(self, page_mm: tuple[float, float], px_per_mm: float, rng: np.random.Generator) -> Panel:
        """The screen, its pixels as large as those of the page on it."""
        return framed(draw_panel(draw(self.px_per_mm, rng), page_mm, draw(self.stripes, rng), rng), rng)


class Screenshot(Ideal, frozen=True, tag="screenshot"):
    """No printer and no camera: what a viewer shows, a pixel of the picture per pixel of the screen."""

    def panel(self, page_mm: tuple[float, float], px_per_mm: float, rng: np.random.Generator) -> Panel:
        """The screen in the picture's own pixels."""
        return draw_panel(px_per_mm, page_mm, 0.0, rng)


#: Every printer that a recipe may name.
AnyPrinter = Ideal | Office | Thermal | Screen | Screenshot
