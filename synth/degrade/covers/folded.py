"""Corners folded over the sheet: their back is seen, and the desk where they were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import paper_of, tinted, towards
from synth.degrade.covers.cover import CORNERS, Cover, CoverStep, filled_in, places_in, window_of
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_count

_SEEN_THROUGH = 0.08  # of the print of a folded corner, through its back

Picture = NDArray[np.uint8]


class DogEar(CoverStep, frozen=True, tag="dog-ear"):
    """Corners folded over: the back of a corner lies on the page, and the desk is seen where it was.

    Attributes:
        count: How many, in [0, 4].
        size_mm: How far from the corner the fold meets the edges, in [3, 80].
        behind: Probability that one is folded behind the page instead.
    """

    count: Annotated[Range, Within(0.0, 4.0, calm=0.0)] = (0.0, 2.0)
    size_mm: Annotated[Range, Within(3.0, 80.0)] = (7.0, 28.0)
    behind: Annotated[float, Within(0.0, 1.0)] = 0.25

    def cover(self, size_mm: tuple[float, float], rng: np.random.Generator) -> list[Cover]:
        """A hole beyond the fold, and the mirror image of what was there."""
        covers: list[Cover] = []
        for corner in rng.permutation(4)[: draw_count(self.count, rng)]:
            reach, behind = draw(self.size_mm, rng) * rng.uniform(0.75, 1.3, 2), rng.uniform() < self.behind
            lift = rng.uniform(0.4, 1.6)
            home = np.array(CORNERS[corner]) * size_mm
            inward = np.where(home > 0.0, -1.0, 1.0)
            a, b = home + inward * (reach[0], 0.0), home + inward * (0.0, reach[1])
            along = (b - a) / np.hypot(*(b - a))
            gone = np.array([a - 4.0 * along, b + 4.0 * along, home - 12.0 * inward])
            covers.append(Cover(gone, None))
            if not behind:
                over = 2.0 * (a + along * ((home - a) @ along)) - home
                covers.append(Flap(np.array([a, b, over]), (1.0, 1.0, 1.0), home, float(lift)))
        return covers


@dataclass(frozen=True, eq=False)
class Flap(Cover):
    """A corner that lies on the page.

    Attributes:
        home_mm: Where its tip was; the fold lies halfway, along the first side of the outline.
        lift_mm: How high it stands over the page, which it shades.
    """

    home_mm: Points
    lift_mm: float

    def lay(self, image: Picture, px_per_mm: float) -> None:
        """Shade the page around, then lay the back of the sheet, its print faintly seen through."""
        a, b = self.outline_mm[:2]
        reach = np.concatenate([self.outline_mm, [self.home_mm]])
        window, corner = window_of(image, reach, px_per_mm, 4.0 * self.lift_mm)
        part = np.ascontiguousarray(image[window])
        cover = filled_in(part, self.outline_mm, corner, px_per_mm)
        shade = cv2.GaussianBlur(cover, (0, 0), 0.7 * self.lift_mm * px_per_mm)
        part = tinted(part, np.asarray(cv2.convertScaleAbs(shade, alpha=-0.45, beta=255.0), dtype=np.uint8))
        along = (b - a) / np.hypot(*(b - a))
        back = _mirrored(part, a, along, corner, px_per_mm)
        x, y = places_in(part, corner, px_per_mm)
        depth = np.abs((x - a[0]) * -along[1] + (y - a[1]) * along[0])
        light = 0.9 + 0.07 * np.clip(depth / 12.0, 0.0, 1.0) - 0.22 * np.exp(-((depth / 0.7) ** 2))
        light -= 0.06 * np.exp(-depth / 5.0)
        back = tinted(back, np.asarray(255.0 * light, dtype=np.uint8))
        image[window] = towards(part, back, cover)


def _mirrored(part: Picture, a: Points, along: Points, corner: Points, px_per_mm: float) -> Picture:
    """The back of the sheet: nearly white, with what is printed beyond the fold mirrored and faint."""
    about = a * px_per_mm - 0.5 - corner
    mirror = 2.0 * np.outer(along, along) - np.eye(2)
    matrix = np.concatenate([mirror, (about - mirror @ about)[:, None]], axis=1)
    front = cv2.warpAffine(part, matrix, part.shape[1::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    white = np.full_like(part, np.asarray([(255.0 + 2.0 * level) / 3.0 for level in paper_of(part)], dtype=np.uint8))
    return np.asarray(cv2.addWeighted(white, 1.0 - _SEEN_THROUGH, front, _SEEN_THROUGH, 0.0), dtype=np.uint8)
