"""The sheet: folds, curls, gutters and waves. Steps add to one relief, from which map and light are taken."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray

from synth.ranges import Range, Ranged, Within, draw, draw_count, draw_sign, pick
from synth.surface import Relief, Sheet

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
            second may cross, `corner` across corners, which stand up.
        angle_deg: How much each bends the sheet, in [0, 60].
    """

    count: Annotated[Range, Within(0.0, 6.0)] = (1.0, 3.0)
    pattern: tuple[Literal["any", "letter", "half", "corner"], ...] = ("any", "letter", "half", "corner")
    angle_deg: Annotated[Range, Within(0.0, 60.0, calm=0.0)] = (4.0, 20.0)

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """Two half planes per fold, which meet at its line; of a corner's fold only what lies beyond is moved."""
        pattern, count = pick(self.pattern, rng), draw_count(self.count, rng)
        relief, segments = np.zeros((len(sheet.y), len(sheet.x))), []
        for point, towards in _fold_lines(pattern, count, sheet.size_mm, rng):
            slope = np.tan(np.deg2rad(draw(self.angle_deg, rng)) / 2.0) * draw_sign(rng)
            across = np.array([-towards[1], towards[0]])
            distance = (sheet.x[None] - point[0]) * across[0] + (sheet.y[:, None] - point[1]) * across[1]
            relief += 2.0 * slope * np.maximum(distance, 0.0) if pattern == "corner" else slope * np.abs(distance)
            reach = float(np.hypot(*sheet.size_mm))
            segments.append([point - reach * towards, point + reach * towards])
        return relief, np.array(segments).reshape(-1, 2, 2)


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


class Gutter(SheetStep, frozen=True, tag="gutter"):
    """A page bound in a book: along one edge it bends down into the gutter, where light hardly comes.

    Attributes:
        share: Probability that there is one.
        depth_mm: How far the edge lies below the page, in [0, 50]; at most a third of the width.
        width_mm: Width of the strip that bends, in [5, 150].
    """

    share: Annotated[float, Within(0.0, 1.0)] = 0.5
    depth_mm: Annotated[Range, Within(0.0, 50.0, calm=0.0)] = (4.0, 18.0)
    width_mm: Annotated[Range, Within(5.0, 150.0)] = (20.0, 60.0)

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """A parabola down to the edge, a little deeper at one end, and up again as the next page beyond it."""
        there, width = rng.uniform() < self.share, draw(self.width_mm, rng)
        depth, axis, far = min(draw(self.depth_mm, rng), width / 3.0), int(rng.integers(2)), rng.uniform() < 0.5
        uneven = rng.uniform(-0.15, 0.15)
        relief = np.zeros((len(sheet.y), len(sheet.x)))
        if there:
            across, along = (sheet.x[None], sheet.y[:, None]) if axis == 0 else (sheet.y[:, None], sheet.x[None])
            near = np.abs(across - (sheet.size_mm[axis] if far else 0.0))
            relief -= (
                depth * np.maximum(1.0 - near / width, 0.0) ** 2 * (1.0 + uneven * along / sheet.size_mm[1 - axis])
            )
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


def _fold_lines(
    pattern: str, count: int, size: tuple[float, float], rng: np.random.Generator
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """A point and a direction per fold."""
    lines = []
    axis = int(rng.integers(2))
    for k in range(count):
        if pattern == "any":
            turn, share = rng.uniform(0.0, np.pi), rng.uniform(0.15, 0.85, 2)
        elif pattern == "corner":
            home, reach = np.array([(0, 0), (1, 0), (1, 1), (0, 1)][int(rng.integers(4))]), rng.uniform(8.0, 45.0, 2)
            turn = np.arctan2(reach[1] * (1 - 2 * home[1]), -reach[0] * (1 - 2 * home[0]))
            share = home + (1 - 2 * home) * reach / 2.0 / size
            turn += np.pi * (home[0] != home[1])  # the corner lies to the right of the line
        elif pattern == "letter":
            turn, share = axis * np.pi / 2.0, np.full(2, (k % 2 + 1) / 3.0)
        else:
            turn, share = (axis + k) % 2 * np.pi / 2.0, np.full(2, 0.5)
        turn = turn + rng.normal(0.0, 0.006)
        point = share * size + rng.normal(0.0, 1.0, 2)
        lines.append((point, np.array([np.cos(turn), np.sin(turn)])))
    return lines
