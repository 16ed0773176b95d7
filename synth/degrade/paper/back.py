"""The back of the sheet: what is printed there shines through."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from PIL import Image, ImageDraw

from synth.degrade.blend import Picture, Plane, clouds, nodes_over, spread_over, tinted
from synth.degrade.step import Imprint
from synth.glyphs import load_font
from synth.ranges import Range, Within, draw, draw_count, pick

_FINE = 2  # pixels of the print per pixel of what shines through, which is blurred
_LINES = 2  # lines of text that are set; every line is one of them, begun anywhere
_SYLLABLES = (
    "ta", "re", "con", "di", "ment", "pa", "ti", "ent", "in", "ve", "st", "or", "al", "the", "ing", "ly", "per",
    "for", "med", "ca", "tion", "is", "of", "no", "was", "ex", "ad", "mis", "sion", "dose", "to", "and", "on",
)  # fmt: skip
_FONTS = ("arimo-400", "tinos-400", "courier-prime-400")


class ShowThrough(Imprint, frozen=True, tag="show-through"):
    """A print on the back that shines through thin paper: mirrored, blurred and faint.

    Attributes:
        depth: Share of the light that broad black ink takes there; lines, blurred, take less; in [0, 1].
        blur_mm: Standard deviation of the paper's blur, in [0.05, 2].
        what: Another page like this one, or lines of text; each page draws one.
    """

    depth: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.1, 0.4)
    blur_mm: Annotated[Range, Within(0.05, 2.0)] = (0.12, 0.4)
    what: tuple[Literal["page", "text"], ...] = ("page", "text")

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Tint the paper with the mirrored ink, more where the paper is thinner."""
        depth, blur = draw(self.depth, rng), draw(self.blur_mm, rng) * px_per_mm / _FINE
        what, thin = pick(self.what, rng), 0.45 + 0.55 * clouds(nodes_over(image, px_per_mm), 12.0, rng)
        if what == "page":
            ink = mirrored(image, rng)
        else:
            ink = _text((image.shape[1] // _FINE, image.shape[0] // _FINE), px_per_mm / _FINE, rng)[:, ::-1]
        ink = np.asarray(cv2.GaussianBlur(np.ascontiguousarray(ink), (0, 0), max(0.3, blur)), dtype=np.uint8)
        ink = np.asarray(cv2.resize(ink, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        lost = cv2.multiply(ink, spread_over(image, (depth * thin).astype(np.float32)), scale=1.0 / 255.0)
        return tinted(image, np.asarray(cv2.bitwise_not(lost), dtype=np.uint8))


def mirrored(image: Picture, rng: np.random.Generator) -> Plane:
    """The page's own ink as a neighbour's: mirrored, shifted, askew, perhaps upside down; at half its size."""
    small = cv2.resize(image, None, fx=1.0 / _FINE, fy=1.0 / _FINE, interpolation=cv2.INTER_AREA)
    ink = cv2.bitwise_not(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    ink = cv2.addWeighted(ink, 1.0, ink, 0.0, -float(np.percentile(np.asarray(ink)[::4, ::4], 25.0)))
    h, w = np.asarray(ink).shape
    turn, side = rng.normal(0.0, 0.012), -1.0 if rng.uniform() < 0.5 else 1.0
    shift = rng.normal(0.0, 0.04, 2) * (w, h)
    back = np.array([[-side * np.cos(turn), np.sin(turn), 0.0], [side * np.sin(turn), np.cos(turn) * side, 0.0]])
    middle = np.array([w, h]) / 2.0
    back[:, 2] = middle + shift - back[:, :2] @ middle
    return np.asarray(cv2.warpAffine(ink, back, (w, h)), dtype=np.uint8)


def _text(size: tuple[int, int], px_per_mm: float, rng: np.random.Generator) -> Plane:
    """Paragraphs of invented words on a raster of `size` = (width, height)."""
    plane = np.zeros((size[1], size[0]), dtype=np.uint8)
    em, margin = rng.uniform(3.0, 5.0) * px_per_mm, rng.uniform(8.0, 25.0) * px_per_mm
    font = load_font(pick(_FONTS, rng), round(em))
    width, pitch = max(1, round(size[0] - 2.0 * margin)), round(1.3 * em) + 1
    block = Image.new("L", (width, pitch * _LINES))
    pen = ImageDraw.Draw(block)
    for k in range(_LINES):
        pen.text((0, k * pitch), _words(round(width / (0.5 * em)), rng), fill=255, font=font)
    lines = np.asarray(block, dtype=np.uint8).reshape(_LINES, pitch, width)
    top = margin + draw_count((0.0, 10.0), rng) * em
    while top < size[1] - margin - 2.0 * em:
        line: Plane = np.roll(lines[int(rng.integers(_LINES))], int(rng.integers(width)), axis=1)
        line = line[:, : round(line.shape[1] * (rng.uniform(0.2, 0.9) if rng.uniform() < 0.2 else 1.0))]
        place = plane[round(top) : round(top) + line.shape[0], round(margin) : round(margin) + line.shape[1]]
        place[:] = line[: place.shape[0], : place.shape[1]]
        top += em * (2.6 if rng.uniform() < 0.12 else 1.35)
    return plane


def _words(letters: int, rng: np.random.Generator) -> str:
    """About as many letters of words that mean nothing."""
    words = ""
    while len(words) < letters:
        words += "".join(pick(_SYLLABLES, rng) for _ in range(draw_count((1.0, 4.0), rng))) + " "
    return words
