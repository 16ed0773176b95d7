"""The scene: what falls on the page before it is pictured."""

from __future__ import annotations

import numpy as np

from synth.degrade.step import Image, Photometric
from synth.ranges import Range, check_range, draw


class Light(Photometric, frozen=True, tag="light"):
    """A lamp to one side: brightness falls linearly across the page, from a random direction.

    Attributes:
        loss: Fraction of light lost at the dark end, in [0, 0.9].
    """

    loss: Range = (0.1, 0.35)

    def __post_init__(self) -> None:
        """Check the ranges."""
        check_range("loss", self.loss, 0.0, 0.9)

    def expose(self, image: Image, rng: np.random.Generator) -> Image:
        """Darken the picture towards a random side."""
        angle, loss = rng.uniform(0.0, 2.0 * np.pi), draw(self.loss, rng)
        h, w = image.shape[:2]
        x = np.linspace(-0.5, 0.5, w, dtype=np.float32) * np.float32(np.cos(angle))
        y = np.linspace(-0.5, 0.5, h, dtype=np.float32) * np.float32(np.sin(angle))
        reach = 0.5 * (abs(np.cos(angle)) + abs(np.sin(angle)))
        factor_x = np.float32(1.0 - loss / 2.0) + x * np.float32(loss / 2.0 / reach)
        image *= (factor_x[None, :] + (y * np.float32(loss / 2.0 / reach))[:, None])[..., None]
        return image


#: Every scene step a recipe may name.
SceneStep = Light
