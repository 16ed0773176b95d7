"""Light that falls off to one side, and soft shadows."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np

from synth.degrade.step import Light as LightField
from synth.degrade.step import Lighting
from synth.ranges import Range, Within, draw


class Light(Lighting, frozen=True, tag="light"):
    """A lamp to one side: brightness falls linearly across the page, from a random direction.

    Attributes:
        loss: Fraction of light lost at the dark end, in [0, 0.9].
    """

    loss: Annotated[Range, Within(0.0, 0.9, calm=0.0)] = (0.1, 0.35)

    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> LightField:
        """Darken the picture towards a random side."""
        angle, loss = rng.uniform(0.0, 2.0 * np.pi), draw(self.loss, rng)
        x, y = np.linspace(-0.5, 0.5, shape[1]), np.linspace(-0.5, 0.5, shape[0])
        reach = 0.5 * (abs(np.cos(angle)) + abs(np.sin(angle)))
        along = (x[None, :] * np.cos(angle) + y[:, None] * np.sin(angle)) / reach
        return np.repeat((1.0 - loss / 2.0 + along * loss / 2.0).astype(np.float32)[..., None], 3, axis=2)


class Shadow(Lighting, frozen=True, tag="shadow"):
    """A shadow with a soft edge, of a hand, a phone or a window's frame: a half plane or a band of the picture.

    Attributes:
        depth: Fraction of light lost in it, in [0, 0.9].
        softness: Width of its edge in widths of the picture, in [0.005, 1].
        tint: How much bluer its light is, as shadows under a sky are; in [0, 0.3].
    """

    shadow: ClassVar[bool] = True

    depth: Annotated[Range, Within(0.0, 0.9, calm=0.0)] = (0.1, 0.45)
    softness: Annotated[Range, Within(0.005, 1.0)] = (0.01, 0.2)
    tint: Annotated[Range, Within(0.0, 0.3, calm=0.0)] = (0.0, 0.08)

    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> LightField:
        """Darken one side of a gently curved edge, or what lies between two of them."""
        depth, softness, tint = draw(self.depth, rng), draw(self.softness, rng), draw(self.tint, rng)
        angle, place, width = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(-0.3, 0.3), rng.uniform(0.1, 0.4)
        band, bow = rng.uniform() < 0.4, rng.normal(0.0, 0.25)
        x = np.linspace(-0.5, 0.5, shape[1])[None, :]
        y = np.linspace(-0.5, 0.5, shape[0])[:, None] * shape[0] / shape[1]
        across, along = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
        inside = 1.0 / (1.0 + np.exp(-np.clip((across + bow * along**2 - place) / (0.25 * softness), -30.0, 30.0)))
        if band:
            far = (across + bow * along**2 - place - width) / (0.25 * softness)
            inside = inside * (1.0 - 1.0 / (1.0 + np.exp(-np.clip(far, -30.0, 30.0))))
        loss = depth * np.array([1.0 + tint, 1.0, 1.0 - tint])
        return np.asarray(1.0 - inside[..., None] * np.minimum(loss, 0.95), dtype=np.float32)
