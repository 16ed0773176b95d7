"""The scanner, and black and white as scanners, copiers and fax machines see it."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from PIL import Image

from synth.degrade.step import Photometric, Picture
from synth.ranges import Range, Within, draw, pick

_AROUND_PX = 51  # side of the neighbourhood of a local threshold


class Bilevel(Photometric, frozen=True, tag="bilevel"):
    """Black and white and nothing between, as cheap scanners, copiers and fax machines see.

    Attributes:
        level: Threshold, white being 1, in [0.05, 0.95]; of `local`, how much darker than around counts as black is
            1 - level.
        by: One threshold for all, one from the neighbourhood, or error diffusion (Floyd and Steinberg 1976).
    """

    level: Annotated[Range, Within(0.05, 0.95)] = (0.45, 0.7)
    by: tuple[Literal["global", "local", "diffusion"], ...] = ("global", "local", "diffusion")

    def __post_init__(self) -> None:
        """Check the ranges, and that something is named."""
        super().__post_init__()
        if not self.by:
            raise ValueError("by must name global, local or diffusion; got none")

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Make every pixel 0 or 255."""
        level, by = draw(self.level, rng), pick(self.by, rng)
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        if by == "global":
            _, black = cv2.threshold(grey, 255.0 * level, 255, cv2.THRESH_BINARY)
        elif by == "local":
            around = cv2.boxFilter(grey, -1, (_AROUND_PX, _AROUND_PX))
            black = np.where(grey > np.asarray(around) * (0.6 + 0.4 * level), np.uint8(255), np.uint8(0))
        else:
            black = np.asarray(Image.fromarray(grey).convert("1"), dtype=np.uint8) * np.uint8(255)
        return np.asarray(cv2.cvtColor(np.asarray(black, dtype=np.uint8), cv2.COLOR_GRAY2RGB), dtype=np.uint8)
