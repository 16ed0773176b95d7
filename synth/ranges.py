"""Ranges: the (low, high) pairs that recipes are made of."""

import numpy as np

#: (low, high), low <= high; (a, a) is the constant a.
Range = tuple[float, float]


def draw(span: Range, rng: np.random.Generator) -> float:
    """One value, uniform in `span`."""
    return float(rng.uniform(span[0], span[1]))


def draw_sign(rng: np.random.Generator) -> float:
    """-1.0 or 1.0, equally likely."""
    return 1.0 if rng.uniform() < 0.5 else -1.0


def check_range(name: str, span: Range, low: float, high: float) -> None:
    """Refuse a span that is out of order or leaves [low, high].

    Raises:
        ValueError: Naming the field; msgspec turns it into a located error.
    """
    if not low <= span[0] <= span[1] <= high:
        raise ValueError(f"{name} must be [low, high] within [{low:g}, {high:g}], got {list(span)}")
