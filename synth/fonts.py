"""Fonts that ship in data/fonts, by file name without ending; "dejavu-sans" comes with matplotlib."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import matplotlib as mpl
from PIL import ImageFont

from synth.assets import shipped

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
    "tinos-700",
    "roboto-400",
    "doto-700",
    "ocr-b-400",
)


@lru_cache(maxsize=256)
def load_font(name: str, size_px: float) -> ImageFont.FreeTypeFont:
    """A font with an em of `size_px`."""
    if name == "dejavu-sans":
        path = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    else:
        path = shipped(f"data/fonts/{name}.ttf")
    return ImageFont.truetype(str(path), max(1.0, size_px))


def check_font(name: str | None) -> None:
    """Refuse the name of a font that does not ship.

    Raises:
        ValueError: Naming those that do.
    """
    if name is not None and name not in FONTS:
        raise ValueError(f"font must be one of {', '.join(FONTS)}; got {name!r}")
