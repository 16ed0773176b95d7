"""Ranges: the (low, high) pairs that recipes are made of, and the drawing from them."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

#: (low, high), low <= high; (a, a) is the constant a.
Range = tuple[float, float]

T = TypeVar("T")


def draw(span: Range, rng: np.random.Generator) -> float:
    """One value, uniform in `span`."""
    return float(rng.uniform(span[0], span[1]))


def draw_count(span: Range, rng: np.random.Generator) -> int:
    """One whole number, uniform from span[0] to span[1], both included."""
    return int(rng.integers(round(span[0]), round(span[1]) + 1))


def draw_sign(rng: np.random.Generator) -> float:
    """-1.0 or 1.0, equally likely."""
    return 1.0 if rng.uniform() < 0.5 else -1.0


def pick(choices: Sequence[T], rng: np.random.Generator) -> T:
    """One of `choices`, equally likely."""
    return choices[int(rng.integers(len(choices)))]


def check_range(name: str, span: Range, low: float, high: float) -> None:
    """Refuse a span that is out of order or leaves [low, high].

    Raises:
        ValueError: Naming the field; msgspec turns it into a located error.
    """
    if not low <= span[0] <= span[1] <= high:
        raise ValueError(f"{name} must be [low, high] within [{low:g}, {high:g}], got {list(span)}")


def check_share(name: str, share: float) -> None:
    """Refuse a probability outside [0, 1].

    Raises:
        ValueError: Naming the field.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"{name} is a probability in [0, 1], got {share}")
