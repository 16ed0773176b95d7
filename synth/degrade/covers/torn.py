"""Torn paper: corners torn off, tears in from the edge; the torn edge shows the white inside of the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import towards
from synth.degrade.covers.cover import CORNERS, Cover, CoverStep, window_of
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_count

_KNOTS = 65  # points along a torn line, 2^n + 1
_INSIDE = 246  # how white torn paper is


class Tear(CoverStep, frozen=True, tag="tear"):
    """Corners torn off, and tears in from the edge that gape a little; ragged, with a white rim.

    Attributes:
        count: How many, in [0, 12].
        size_mm: How far they reach into the page, in [2, 150].
        edge: Probability that one is a tear in from an edge, not a corner that is gone.
        rim_mm: How far the white inside of the paper shows, in [0, 4].
    """

    count: Annotated[Range, Within(0.0, 12.0, calm=0.0)] = (0.0, 2.0)
    size_mm: Annotated[Range, Within(2.0, 150.0)] = (6.0, 35.0)
    edge: Annotated[float, Within(0.0, 1.0)] = 0.4
    rim_mm: Annotated[Range, Within(0.0, 4.0)] = (0.3, 1.2)

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """One after the other."""
        covers: list[Cover] = []
        for _ in range(draw_count(self.count, rng)):
            reach, rim, corner = draw(self.size_mm, rng), draw(self.rim_mm, rng), int(rng.integers(4))
            home = np.array(CORNERS[corner]) * size_mm
            inward = np.where(home > 0.0, -1.0, 1.0)
            if rng.uniform() < self.edge:
                covers.append(_slit(home, inward, reach, rim, size_mm, rng))
            else:
                a = home + inward * (reach * rng.uniform(0.5, 1.5), -3.0)
                line = _ragged(a, home + inward * (-3.0, reach), rng)
                covers.append(Torn(np.concatenate([line, [home - inward * 8.0]]), None, line, rim))
        return covers


@dataclass(frozen=True, eq=False)
class Torn(Cover):
    """A part of the sheet that is gone.

    Attributes:
        line_mm: Where it was torn, (n, 2).
        rim_mm: Width of the rim where the inside of the paper shows.
    """

    line_mm: Points
    rim_mm: float

    def lay(self, image: NDArray[np.uint8], px_per_mm: float) -> None:
        """Paint the rim: white fibres, thinner and thicker."""
        window, corner = window_of(image, self.line_mm, px_per_mm, 2.0 * self.rim_mm + 1.0)
        part = np.ascontiguousarray(image[window])
        if not part.size or self.rim_mm <= 0.0:
            return
        mask = np.zeros(part.shape[:2], dtype=np.uint8)
        at = np.round((self.line_mm * px_per_mm - 0.5 - corner) * 16.0).astype(np.int32)
        for k, (a, b) in enumerate(pairwise(at)):
            width = self.rim_mm * (0.6 + 0.8 * abs(np.sin(0.7 * k + 2.0 * np.sin(0.31 * k))))
            ends = [(int(end[0]), int(end[1])) for end in (a, b)]
            cv2.line(mask, ends[0], ends[1], 235.0, max(1, round(2.0 * width * px_per_mm)), cv2.LINE_AA, 4)
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.4, 0.12 * px_per_mm)), dtype=np.uint8)
        image[window] = towards(part, np.full_like(part, _INSIDE), mask)


def _slit(
    home: Points, inward: Points, reach: float, rim: float, size_mm: tuple[float, float], rng: np.random.Generator
) -> Torn:
    """A tear in from an edge beside a corner: two ragged lines that meet at its tip."""
    axis, gape = int(rng.integers(2)), rng.uniform(0.02, 0.12) * reach
    along, across = np.zeros(2), np.zeros(2)
    along[axis], across[1 - axis] = inward[axis], inward[1 - axis]
    mouth = home + along * rng.uniform(0.1, 0.9) * size_mm[axis]
    tip = mouth + across * reach + along * rng.normal(0.0, 0.35) * reach
    line = _ragged(mouth - 3.0 * across, tip, rng)
    other = line + along * gape * np.linspace(1.0, 0.0, _KNOTS)[:, None] + across * rng.normal(0.0, 0.15, (_KNOTS, 1))
    both = np.concatenate([line, other[-2::-1]])
    return Torn(both, None, both, 0.4 * rim)


def _ragged(a: Points, b: Points, rng: np.random.Generator) -> Points:
    """A line from a to b, its middle moved aside at random, then the middles of its halves, and so on."""
    aside, span = np.zeros(_KNOTS), _KNOTS - 1
    swing = 0.1 * float(np.hypot(*(b - a)))
    while span > 1:
        middles = np.arange(span // 2, _KNOTS - 1, span)
        aside[middles] = (aside[middles - span // 2] + aside[middles + span // 2]) / 2.0
        aside[middles] += rng.normal(0.0, swing, len(middles))
        span, swing = span // 2, 0.55 * swing
    along = (b - a) / np.hypot(*(b - a))
    straight = a + np.linspace(0.0, 1.0, _KNOTS)[:, None] * (b - a)
    return np.asarray(straight + aside[:, None] * np.array([-along[1], along[0]]))
