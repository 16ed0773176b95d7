"""Where people put what they write or stamp: on free paper, over words, around traces. Seen in the print itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Picture
from synth.geometry import Points
from synth.ranges import pick

Size = tuple[float, float]  # width, height in mm
Box = tuple[Points, Points]  # its corners in mm, (2,) each: top left, bottom right
Zone = Literal["head", "margin", "traces", "page"]

#: Left, top, right, bottom as shares of the page; each spot draws one of its zone.
_ZONES: dict[Zone, tuple[tuple[float, float, float, float], ...]] = {
    "head": ((0.01, 0.0, 0.99, 0.24),),
    "margin": ((0.01, 0.08, 0.16, 0.95), (0.82, 0.08, 1.0, 0.95), (0.02, 0.86, 0.98, 1.0), (0.02, 0.0, 0.98, 0.1)),
    "traces": ((0.03, 0.2, 0.97, 0.97),),
    "page": ((0.0, 0.0, 1.0, 1.0),),
}
_TRIES = 24
_CLASH = 20.0  # how much worse it is to write on what was written than on what was printed
_LOOK_MM, _SURVEY_MM = 0.5, 1.3  # distance between the pixels that are looked at, of a box and of the page
_INKED = 0.3  # percent of a page that its darkest ink covers at least: 250 mm of a thin trace
_MIDDLE = 0.4  # of the way from that ink to the paper: what is darker is ink


def find_spot(
    image: Picture,
    px_per_mm: float,
    size_mm: Size,
    zone: Zone,
    rng: np.random.Generator,
    *,
    inked: bool = False,
    taken: Sequence[Box] = (),
) -> Points:
    """Top-left corner in mm (2,) of a box of `size_mm` in a zone of a print of the whole paper.

    Of a few random boxes the one that overlaps least with what is taken; of these, that with the least ink, or with
    the most of it where `inked`.
    """
    page = np.array([image.shape[1], image.shape[0]]) / px_per_mm
    left, top, right, bottom = pick(_ZONES[zone], rng)
    low, high = np.array([left, top]) * page, np.array([right, bottom]) * page - size_mm
    tries = low + rng.uniform(0.0, 1.0, (_TRIES, 2)) * np.maximum(high - low, 0.0)
    level = _ink_level(image, px_per_mm)
    shares = np.array([_share(image, px_per_mm, at, size_mm, level) for at in tries])
    lost = sum((_overlap(tries, size_mm, box) for box in taken), np.zeros(_TRIES))
    return np.asarray(tries[int(np.argmin(_CLASH * lost + (-shares if inked else shares)))])


def _ink_level(image: Picture, px_per_mm: float) -> float:
    """Light below which a pixel is ink, however grey ink and paper are."""
    ink, paper = np.percentile(_light(image, px_per_mm, _SURVEY_MM), (_INKED, 50.0))
    return float(ink + _MIDDLE * (paper - ink))


def _overlap(at_mm: Points, size_mm: Size, box: Box) -> NDArray[np.float64]:
    """Which share of boxes of one size at (n, 2) lies in another."""
    inner = np.minimum(at_mm + size_mm, box[1]) - np.maximum(at_mm, box[0])
    return np.asarray(np.maximum(inner, 0.0).prod(axis=1) / np.prod(size_mm))


def _share(image: Picture, px_per_mm: float, at_mm: Points, size_mm: Size, level: float) -> float:
    """How much of a box of the print is ink; 0 beside the paper."""
    (left, top), (right, bottom) = (np.round(corner * px_per_mm).astype(int) for corner in (at_mm, at_mm + size_mm))
    box = _light(image[max(0, top) : max(1, bottom), max(0, left) : max(1, right)], px_per_mm, _LOOK_MM)
    return float((box < level).mean()) if box.size else 0.0


def _light(image: Picture, px_per_mm: float, every_mm: float) -> NDArray[np.uint8]:
    """The brightest channel of pixels so far apart: of coloured grids one stays bright, of ink hardly any does."""
    step = max(1, round(every_mm * px_per_mm))
    red, green, blue = np.moveaxis(image[::step, ::step], 2, 0)
    return np.asarray(np.maximum(np.maximum(red, green), blue), dtype=np.uint8)
