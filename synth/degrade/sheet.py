"""The sheet: folds, crumples, curls and waves. Steps add to one relief, from which map and light are taken."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from synth.ranges import Range, Ranged, Within, draw, draw_count, draw_sign, pick
from synth.surface import PITCH_MM, Relief, Sheet

Segments = NDArray[np.float64]  # (n, 2, 2): both ends of each crease, in mm


class SheetStep(Ranged, frozen=True, tag_field="kind"):
    """A step that bends the sheet; it is never shown pixels or labels."""

    @abstractmethod
    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """Height in mm that the step adds at each node of the lattice, and its sharp creases."""


class Fold(SheetStep, frozen=True, tag="fold"):
    """Straight folds that were opened again: mountains and valleys.

    Attributes:
        count: How many, in [0, 6].
        pattern: `any` angle and place, `letter` two parallel folds at thirds, `half` one through the middle, which a
            second may cross.
        angle_deg: How much each bends the sheet, in [0, 60].
    """

    count: Annotated[Range, Within(0.0, 6.0)] = (1.0, 3.0)
    pattern: tuple[Literal["any", "letter", "half"], ...] = ("any", "letter", "half")
    angle_deg: Annotated[Range, Within(0.0, 60.0, calm=0.0)] = (4.0, 20.0)

    def __post_init__(self) -> None:
        """Check the ranges, and that something is named."""
        super().__post_init__()
        if not self.pattern:
            raise ValueError("pattern must name any, letter or half; got none")

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """Two half planes per fold, which meet at its line."""
        pattern, count = pick(self.pattern, rng), draw_count(self.count, rng)
        relief, segments = np.zeros((len(sheet.y), len(sheet.x))), []
        for point, towards in _fold_lines(pattern, count, sheet.size_mm, rng):
            slope = np.tan(np.deg2rad(draw(self.angle_deg, rng)) / 2.0) * draw_sign(rng)
            across = np.array([-towards[1], towards[0]])
            distance = (sheet.x[None] - point[0]) * across[0] + (sheet.y[:, None] - point[1]) * across[1]
            relief += slope * np.abs(distance)
            reach = float(np.hypot(*sheet.size_mm))
            segments.append([point - reach * towards, point + reach * towards])
        return relief, np.array(segments).reshape(-1, 2, 2)


class Crumple(SheetStep, frozen=True, tag="crumple"):
    """A sheet that was balled up and smoothed out: a net of creases with flat facets between them.

    Attributes:
        facets: Number of creases' crossings, in [4, 2000]; more are smaller facets.
        angle_deg: Typical slope of the facets, in [0, 35].
    """

    facets: Annotated[Range, Within(4.0, 2000.0)] = (30.0, 300.0)
    angle_deg: Annotated[Range, Within(0.0, 35.0, calm=0.0)] = (2.0, 9.0)

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """Random heights at random points, with flat triangles between."""
        count, angle = draw_count(self.facets, rng), draw(self.angle_deg, rng)
        left, top, w, h = sheet.x[0], sheet.y[0], sheet.x[-1] - sheet.x[0], sheet.y[-1] - sheet.y[0]
        spacing = float(np.sqrt(w * h / count))
        places = np.stack(np.meshgrid(np.arange(-1.0, w / spacing + 2.0), np.arange(-1.0, h / spacing + 2.0)), axis=-1)
        points = (places + rng.uniform(-0.4, 0.4, places.shape)).reshape(-1, 2) * spacing + (left, top)
        net = Delaunay(points)
        rise = np.tan(np.deg2rad(angle)) * spacing
        heights = rng.normal(0.0, 0.8 * rise, len(points)) + _swell(points, 5.0 * spacing, 1.3 * rise, rng)
        relief = _facets(sheet, points, heights, net.simplices)
        edges = np.unique(np.sort(net.simplices[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
        bent = np.abs(heights[edges[:, 0]] - heights[edges[:, 1]]) > 0.5 * rise
        return relief, points[edges[bent]]


class Curl(SheetStep, frozen=True, tag="curl"):
    """An edge that rises, as paper from a roll or the inner side of a bound page does.

    Attributes:
        height_mm: How far the edge rises, in [0, 60].
        width: Share of the page that rises, in [0.05, 1].
    """

    height_mm: Annotated[Range, Within(0.0, 60.0, calm=0.0)] = (2.0, 15.0)
    width: Annotated[Range, Within(0.05, 1.0)] = (0.15, 0.6)

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """A parabola from where the edge begins to rise."""
        height, width = draw(self.height_mm, rng), draw(self.width, rng)
        axis, far = int(rng.integers(2)), rng.uniform() < 0.5
        along = (sheet.x[None] if axis == 0 else sheet.y[:, None]) / sheet.size_mm[axis]
        lifted = np.clip(((along if far else 1.0 - along) - (1.0 - width)) / width, 0.0, None)
        relief = np.zeros((len(sheet.y), len(sheet.x))) + height * np.minimum(lifted, 1.3) ** 2
        return relief, np.zeros((0, 2, 2))


class Wave(SheetStep, frozen=True, tag="wave"):
    """Long waves, as of paper that was wet or lies loose.

    Attributes:
        height_mm: Amplitude, in [0, 10].
        length_mm: Length of a wave, in [30, 400].
    """

    height_mm: Annotated[Range, Within(0.0, 10.0, calm=0.0)] = (0.3, 2.0)
    length_mm: Annotated[Range, Within(30.0, 400.0)] = (80.0, 250.0)

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """Two sine waves across each other."""
        relief = np.zeros((len(sheet.y), len(sheet.x)))
        for _ in range(2):
            height, length = draw(self.height_mm, rng) / 2.0, draw(self.length_mm, rng)
            turn, phase = rng.uniform(0.0, np.pi), rng.uniform(0.0, 2.0 * np.pi)
            along = sheet.x[None] * np.cos(turn) + sheet.y[:, None] * np.sin(turn)
            relief += height * np.sin(2.0 * np.pi * along / length + phase)
        return relief, np.zeros((0, 2, 2))


#: Every sheet step a recipe may name.
AnySheetStep = Fold | Crumple | Curl | Wave


def _facets(
    sheet: Sheet, points: NDArray[np.float64], heights: NDArray[np.float64], triangles: NDArray[np.int32]
) -> Relief:
    """Heights on flat triangles (m, 3) between points (n, 2) that cover the lattice: each node asks its triangle."""
    owner = np.zeros((len(sheet.y), len(sheet.x)), dtype=np.int32)
    corners = np.round((points - (sheet.x[0], sheet.y[0])) / PITCH_MM * 16.0).astype(np.int32)
    for k, triangle in enumerate(corners[triangles]):
        cv2.fillConvexPoly(owner, triangle, float(k), cv2.LINE_8, 4)
    plane = np.concatenate([points[triangles], np.ones((*triangles.shape, 1))], axis=2)
    slope_x, slope_y, level = np.linalg.solve(plane, heights[triangles][..., None])[owner, :, 0].transpose(2, 0, 1)
    relief: Relief = slope_x * sheet.x[None, :] + slope_y * sheet.y[:, None] + level
    return relief


def _swell(
    points: NDArray[np.float64], length_mm: float, height_mm: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Heights of a slow swell at points (n, 2): a balled-up sheet keeps waves longer than its facets."""
    total = np.zeros(len(points))
    for _ in range(4):
        turn, phase, stretch = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.7, 1.6)
        along = points @ np.array([np.cos(turn), np.sin(turn)])
        total += np.sin(2.0 * np.pi * along / (length_mm * stretch) + phase)
    return total * (height_mm / 2.0)


def _fold_lines(
    pattern: str, count: int, size: tuple[float, float], rng: np.random.Generator
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """A point and a direction per fold."""
    lines = []
    axis = int(rng.integers(2))
    for k in range(count):
        if pattern == "any":
            turn, share = rng.uniform(0.0, np.pi), rng.uniform(0.15, 0.85, 2)
        elif pattern == "letter":
            turn, share = axis * np.pi / 2.0, np.full(2, (k % 2 + 1) / 3.0)
        else:
            turn, share = (axis + k) % 2 * np.pi / 2.0, np.full(2, 0.5)
        turn = turn + rng.normal(0.0, 0.006)
        point = share * size + rng.normal(0.0, 1.0, 2)
        lines.append((point, np.array([np.cos(turn), np.sin(turn)])))
    return lines
