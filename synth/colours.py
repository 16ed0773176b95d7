"""Colours seen on real paper: RGB in [0, 1]."""

RGB = tuple[float, float, float]

#: Of grids, at full strength.
GRID_COLOURS: dict[str, RGB] = {
    "pink": (0.95, 0.62, 0.70),
    "magenta": (0.80, 0.30, 0.55),
    "salmon": (0.95, 0.60, 0.52),
    "red": (0.82, 0.25, 0.25),
    "darkred": (0.42, 0.13, 0.13),
    "orange": (0.93, 0.66, 0.40),
    "tan": (0.85, 0.66, 0.52),
    "green": (0.45, 0.70, 0.52),
    "darkgreen": (0.05, 0.33, 0.12),
    "blue": (0.45, 0.58, 0.85),
    "darkblue": (0.04, 0.06, 0.45),
    "greyblue": (0.55, 0.62, 0.70),
    "purple": (0.60, 0.50, 0.66),
    "grey": (0.55, 0.55, 0.55),
    "black": (0.12, 0.12, 0.12),
}

#: Grids that are printed on rose paper, too.
WARM = frozenset({"pink", "magenta", "salmon", "red", "orange", "tan"})

#: Of inks, at their darkest.
INK_COLOURS: dict[str, RGB] = {
    "black": (0.0, 0.0, 0.0),
    "blue": (0.05, 0.10, 0.45),
    "violet": (0.22, 0.10, 0.32),
    "brown": (0.24, 0.12, 0.06),
    "green": (0.0, 0.25, 0.12),
}

#: Of papers, at their brightest.
PAPER_COLOURS: dict[str, RGB] = {
    "white": (1.0, 1.0, 1.0),
    "cream": (1.0, 0.98, 0.93),
    "rose": (1.0, 0.94, 0.95),
    "bluish": (0.95, 0.97, 1.0),
}
