"""What covers paper or is cut out of it: redaction bars, stickers, holes. What lies under is hidden."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import cv2
import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

from synth.colours import RGB
from synth.geometry import Points
from synth.ranges import Range, Ranged, Within, draw, draw_count, pick

_BARS: dict[str, RGB] = {"black": (0.05, 0.05, 0.05), "white": (1.0, 1.0, 1.0), "grey": (0.86, 0.85, 0.81)}
_LABELS: tuple[RGB, ...] = ((0.99, 0.99, 0.97), (0.98, 0.93, 0.55), (0.75, 0.90, 0.98), (0.98, 0.80, 0.86))

#: Corners of a sheet of size 1 by 1, clockwise.
CORNERS = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

Picture = NDArray[np.uint8]
Plane = NDArray[np.uint8]
Window = tuple[slice, slice]  # rows, columns


@dataclass(frozen=True, eq=False)
class Cover:
    """An opaque shape on the paper.

    Attributes:
        outline_mm: Its corners, (n, 2).
        colour: RGB in [0, 1]; None where the paper is gone and the desk is seen.
    """

    outline_mm: Points
    colour: RGB | None

    def lay(self, image: NDArray[np.uint8], px_per_mm: float) -> None:
        """Paint it on a print of the whole paper, in place."""
        if self.colour is not None:
            corners = np.round((self.outline_mm * px_per_mm - 0.5) * 16.0).astype(np.int32)
            colour = tuple(255.0 * channel for channel in self.colour)
            cv2.fillPoly(image, [corners.reshape(-1, 1, 2)], colour, cv2.LINE_AA, 4)


class CoverStep(Ranged, frozen=True, tag_field="kind"):
    """A step that covers paper, or takes some away; it is shown neither pixels nor labels."""

    @abstractmethod
    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """Return what lies on a sheet of `size_mm` = (width, height)."""


class Redaction(CoverStep, frozen=True, tag="redaction"):
    """Bars over what nobody should read, painted by hand or by a program: mostly over the header.

    Attributes:
        count: How many, in [0, 30].
        length_mm: In [2, 150].
        height_mm: In [1, 20].
        colours: Black, white or the grey of correction fluid; each page draws one.
    """

    count: Annotated[Range, Within(0.0, 30.0, calm=0.0)] = (1.0, 6.0)
    length_mm: Annotated[Range, Within(2.0, 150.0)] = (12.0, 45.0)
    height_mm: Annotated[Range, Within(1.0, 20.0)] = (3.5, 6.0)
    colours: tuple[Literal["black", "white", "grey"], ...] = ("black", "white", "grey")

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """Four in five lie in the upper quarter of the page."""
        colour, covers = _BARS[pick(self.colours, rng)], []
        for _ in range(draw_count(self.count, rng)):
            depth = 0.25 if rng.uniform() < 0.8 else 1.0
            at = rng.uniform(0.0, 1.0, 2) * (size_mm[0], size_mm[1] * depth)
            covers.append(Cover(_box(at, draw(self.length_mm, rng), draw(self.height_mm, rng), 0.0), colour))
        return covers


class Sticker(CoverStep, frozen=True, tag="sticker"):
    """Labels of patients or archives, stuck on a little askew.

    Attributes:
        count: How many, in [0, 6].
        length_mm: In [10, 120].
        height_mm: In [5, 60].
    """

    count: Annotated[Range, Within(0.0, 6.0, calm=0.0)] = (0.0, 1.0)
    length_mm: Annotated[Range, Within(10.0, 120.0)] = (30.0, 70.0)
    height_mm: Annotated[Range, Within(5.0, 60.0)] = (12.0, 28.0)

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """Anywhere on the page."""
        covers = []
        for _ in range(draw_count(self.count, rng)):
            at, turn = rng.uniform(0.0, 0.85, 2) * size_mm, rng.normal(0.0, 0.06)
            outline = _box(at, draw(self.length_mm, rng), draw(self.height_mm, rng), turn)
            covers.append(Cover(outline, _LABELS[int(rng.integers(len(_LABELS)))]))
        return covers


class Holes(CoverStep, frozen=True, tag="holes"):
    """Holes punched for a binder, two or four along an edge.

    Attributes:
        share: Probability that there are any.
        diameter_mm: In [2, 10]; 6 by ISO 838.
    """

    share: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 0.5
    diameter_mm: Annotated[Range, Within(2.0, 10.0)] = (5.0, 7.0)

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """80 mm apart, 12 mm from the edge (ISO 838)."""
        there, count, axis = rng.uniform() < self.share, (2 if rng.uniform() < 0.7 else 4), int(rng.integers(2))
        radius, far = draw(self.diameter_mm, rng) / 2.0, rng.uniform() < 0.5
        edge, shift = 12.0 + rng.normal(0.0, 1.5), rng.normal(0.0, 4.0)
        if not there:
            return []
        round_ = np.linspace(0.0, 2.0 * np.pi, 24, endpoint=False)
        circle = radius * np.stack([np.cos(round_), np.sin(round_)], axis=1)
        covers = []
        for k in range(count):
            along = size_mm[axis] / 2.0 + shift + 80.0 * (k - (count - 1) / 2.0)
            across = size_mm[1 - axis] - edge if far else edge
            covers.append(Cover(circle + ((along, across) if axis == 0 else (across, along)), None))
        return covers


def lay_covers(image: NDArray[np.uint8], covers: Sequence[Cover], px_per_mm: float) -> NDArray[np.uint8]:
    """Paint the covers on a print of the whole paper, in order; returns the print."""
    for cover in covers:
        cover.lay(image, px_per_mm)
    return image


def hidden_by(covers: Sequence[Cover], points_mm: Points) -> NDArray[np.bool_]:
    """Which points (n, 2) of the paper lie under a cover, or where there is no paper."""
    hidden = np.zeros(len(points_mm), dtype=np.bool_)
    for cover in covers:
        hidden |= Path(np.concatenate([cover.outline_mm, cover.outline_mm[:1]])).contains_points(points_mm)
    return hidden


def window_of(image: Picture, points_mm: Points, px_per_mm: float, margin_mm: float) -> tuple[Window, Points]:
    """The part of a print around points, and the pixel of its corner."""
    low = np.clip(np.floor((points_mm.min(axis=0) - margin_mm) * px_per_mm), 0, None).astype(int)
    high = np.ceil((points_mm.max(axis=0) + margin_mm) * px_per_mm).astype(int) + 1
    return (slice(low[1], max(low[1] + 1, high[1])), slice(low[0], max(low[0] + 1, high[0]))), low.astype(np.float64)


def filled_in(part: Picture, outline_mm: Points, corner: Points, px_per_mm: float) -> Plane:
    """What a polygon covers of a window; its edge is smooth."""
    plane = np.zeros(part.shape[:2], dtype=np.uint8)
    at = np.round((outline_mm * px_per_mm - 0.5 - corner) * 16.0).astype(np.int32).reshape(-1, 1, 2)
    return np.asarray(cv2.fillPoly(plane, [at], 255.0, cv2.LINE_AA, 4), dtype=np.uint8)


def places_in(part: Picture, corner: Points, px_per_mm: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the pixels of a window lie on the paper, in mm: columns and rows."""
    x, y = (
        ((np.arange(side, dtype=np.float32) + np.float32(start + 0.5)) / np.float32(px_per_mm))
        for side, start in zip(part.shape[1::-1], corner, strict=True)
    )
    return x[None, :], y[:, None]


def _box(at: NDArray[np.float64], length: float, height: float, turn: float) -> Points:
    corners = np.array([[0.0, 0.0], [length, 0.0], [length, height], [0.0, height]])
    cos, sin = np.cos(turn), np.sin(turn)
    return np.asarray(at + corners @ np.array([[cos, sin], [-sin, cos]]))
