"""Fonts that ship in data/fonts, by file name without ending; "dejavu-sans" comes with matplotlib."""

from __future__ import annotations

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

#: What people write with; never printed.
HAND_FONTS = (
    "caveat-400",
    "cedarville-cursive-400",
    "homemade-apple-400",
    "indie-flower-400",
    "kalam-400",
    "nothing-you-could-do-400",
    "patrick-hand-400",
    "reenie-beanie-400",
)


def check_font(name: str | None) -> None:
    """Refuse the name of a font that does not ship.

    Raises:
        ValueError: Naming those that do.
    """
    if name is not None and name not in FONTS:
        raise ValueError(f"font must be one of {', '.join(FONTS)}; got {name!r}")
