"""Fonts as they are drawn: by size, or as outlines of letters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath

import matplotlib as mpl
import numpy as np
from matplotlib.ft2font import FT2Font, LoadFlags
from matplotlib.path import Path
from numpy.typing import NDArray
from PIL import ImageFont

from synth.assets import shipped

_OUTLINE_EM = 128  # outlines are flattened at this many units per em: true to about a thousandth of an em


@dataclass(frozen=True, eq=False)
class Glyph:
    """The shape of one letter, its em 1, y down, the origin on the baseline.

    Attributes:
        outlines: Closed polygons, (n, 2) each; where they wind around a point, there is ink.
        advance: How far on the next letter begins.
    """

    outlines: tuple[NDArray[np.float64], ...]
    advance: float


@lru_cache(maxsize=256)
def load_font(name: str, size_px: float) -> ImageFont.FreeTypeFont:
    """A font with an em of `size_px`."""
    return ImageFont.truetype(str(_file(name)), max(1.0, size_px))


@lru_cache(maxsize=4096)
def load_glyph(name: str, letter: str) -> Glyph:
    """The outlines of a letter of a font, its hints ignored."""
    face = _face(name)
    glyph = face.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    polygons = Path(*face.get_path()).to_polygons(closed_only=False)
    outlines = tuple(np.asarray(polygon) * (1.0, -1.0) / _OUTLINE_EM for polygon in polygons)
    return Glyph(outlines, glyph.linearHoriAdvance / 65536.0 / _OUTLINE_EM)


@lru_cache(maxsize=64)
def _face(name: str) -> FT2Font:
    face = FT2Font(str(_file(name)))
    face.set_size(_OUTLINE_EM, 72.0)
    return face


def _file(name: str) -> FilePath:
    if name == "dejavu-sans":
        return FilePath(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    return shipped(f"data/fonts/{name}.ttf")
