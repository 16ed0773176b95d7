"""Ranges: the (low, high) pairs that recipes are made of, and the drawing from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import numpy as np

#: (low, high), low <= high; (a, a) is the constant a.
Range = tuple[float, float]

T = TypeVar("T")
R = TypeVar("R", bound="Ranged")


@dataclass(frozen=True)
class Within:
    """What a field of a step may hold, and where the step does nothing.

    Attributes:
        low: Least value, or probability.
        high: Largest.
        calm: Value that changes nothing; None if no value of this field alone does, or if more is not worse.
    """

    low: float
    high: float
    calm: float | None = None


class Ranged(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A struct of ranges and probabilities, annotated with `Within`, and of choices; values outside are refused.

    A field of type `tuple[Literal[...], ...]` holds choices: each page draws one, so there must be some.
    """

    def __post_init__(self) -> None:
        """Check every range, probability and choice."""
        for name, choices in _choices(type(self)).items():
            if not getattr(self, name):
                raise ValueError(f"{name} must name some of {', '.join(map(str, choices))}; got none")
        for name, bounds in _bounds(type(self)).items():
            value = getattr(self, name)
            if isinstance(value, tuple):
                check_range(name, value, bounds.low, bounds.high)
            elif not bounds.low <= value <= bounds.high:
                raise ValueError(f"{name} must be a number within [{bounds.low:g}, {bounds.high:g}], got {value}")


def scaled(ranged: R, factor: float) -> R:
    """The same with every field `factor` times as far from where it does nothing, as far as it may go."""
    changed: dict[str, Any] = {}
    for name, bounds in _bounds(type(ranged)).items():
        value, calm = getattr(ranged, name), bounds.calm
        if calm is not None:
            far = [calm + (end - calm) * factor for end in (value if isinstance(value, tuple) else (value,))]
            cut = sorted(min(max(end, bounds.low), bounds.high) for end in far)
            changed[name] = (cut[0], cut[1]) if isinstance(value, tuple) else cut[0]
    return msgspec.structs.replace(ranged, **changed)


@cache
def _bounds(kind: type[Ranged]) -> dict[str, Within]:
    """The bounds of every field that has some."""
    found = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        if get_origin(hint) is Annotated:
            for part in get_args(hint)[1:]:
                if isinstance(part, Within):
                    found[name] = part
    return found


@cache
def _choices(kind: type[Ranged]) -> dict[str, tuple[object, ...]]:
    """What every field that holds choices may name."""
    found = {}
    for name, hint in get_type_hints(kind).items():
        of = get_args(hint)
        if get_origin(hint) is tuple and of[1:] == (Ellipsis,) and get_origin(of[0]) is Literal:
            found[name] = get_args(of[0])
    return found


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
