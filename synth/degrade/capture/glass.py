"""The glass of a screen: its backlight behind it, and what is mirrored in it."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from synth.degrade.step import Light, Lighting, Photometric, Picture
from synth.ranges import Range, Within, draw, draw_count, draw_sign

_COARSE = 8  # pixels of the picture per pixel that reflections are drawn in


class Backlight(Lighting, frozen=True, tag="backlight"):
    """A screen that is not evenly bright, and that is seen from the side: darker and of another colour there.

    Attributes:
        uneven: Fraction of light lost at its corners, in [0, 0.7].
        aslant: Fraction lost at the side that is seen at the flattest angle, in [0, 0.7].
        shift: How much more blue than red is lost there, or less, in [0, 0.4].
    """

    uneven: Annotated[Range, Within(0.0, 0.7, calm=0.0)] = (0.0, 0.25)
    aslant: Annotated[Range, Within(0.0, 0.7, calm=0.0)] = (0.0, 0.3)
    shift: Annotated[Range, Within(0.0, 0.4, calm=0.0)] = (0.0, 0.12)

    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> Light:
        """Fall off from a place near the middle, and along a random direction."""
        uneven, aslant = draw(self.uneven, rng), draw(self.aslant, rng)
        shift, angle = draw(self.shift, rng) * draw_sign(rng), rng.uniform(0.0, 2.0 * np.pi)
        middle = rng.normal(0.0, 0.12, 2)
        x = np.linspace(-0.5, 0.5, shape[1])[None, :]
        y = np.linspace(-0.5, 0.5, shape[0])[:, None]
        corner = np.minimum(((x - middle[0]) ** 2 + (y - middle[1]) ** 2) / 0.5, 1.0)
        side = np.clip(0.5 + (x * np.cos(angle) + y * np.sin(angle)) / 1.42, 0.0, 1.0) ** 1.5
        colours = np.array([-shift, 0.0, shift]) * side[..., None]
        light = (1.0 - uneven * corner) * (1.0 - aslant * side)
        return np.asarray(np.clip(light[..., None] * (1.0 - colours - abs(shift)), 0.02, 1.0), dtype=np.float32)


class Reflection(Photometric, frozen=True, tag="reflection"):
    """What is mirrored in glass before the page: windows and lamps, and a grey veil of all the rest.

    Attributes:
        count: Number of windows and lamps, in [0, 6].
        strength: Light of the brightest, white being 1, in [0, 1].
        softness: How far a matte glass blurs them, in widths of the picture, in [0.001, 0.1].
        veil: Light of the veil, white being 1, in [0, 0.5].
    """

    count: Annotated[Range, Within(0.0, 6.0, calm=0.0)] = (0.0, 3.0)
    strength: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.05, 0.4)
    softness: Annotated[Range, Within(0.001, 0.1)] = (0.004, 0.05)
    veil: Annotated[Range, Within(0.0, 0.5, calm=0.0)] = (0.01, 0.12)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Draw them coarsely, blur, give them a glow, and add their light."""
        count, strength = draw_count(self.count, rng), draw(self.strength, rng)
        softness, veil = draw(self.softness, rng), draw(self.veil, rng)
        h, w = image.shape[:2]
        size = np.array([max(4, w // _COARSE), max(4, h // _COARSE)])
        glass = np.empty((size[1], size[0], 3), dtype=np.uint8)
        glass[:] = np.round(255.0 * veil * rng.uniform(0.8, 1.0, 3))
        for _ in range(count):
            light = (
                255.0 * strength * rng.uniform(0.4, 1.0) * (1.0 - rng.uniform(0.0, 0.25) * np.array([0.0, 0.4, 1.0]))
            )
            at, reach = rng.uniform(0.0, 1.0, 2) * size, rng.uniform(0.04, 0.22) * size.max()
            colour = (float(light[0]), float(light[1]), float(light[2]))
            if rng.uniform() < 0.5:
                axes = (2.0 * reach * 0.5, 2.0 * reach * 0.5 * rng.uniform(0.3, 1.0))
                cv2.ellipse(glass, ((at[0], at[1]), axes, rng.uniform(0.0, 180.0)), colour, cv2.FILLED, cv2.LINE_AA)
                continue
            _pane(glass, at, reach, colour, rng)
        sigma = max(0.6, softness * w / _COARSE)
        glow = cv2.resize(glass, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        glow = cv2.resize(cv2.GaussianBlur(glow, (0, 0), 1.0 + sigma), (int(size[0]), int(size[1])))
        soft = cv2.addWeighted(cv2.GaussianBlur(glass, (0, 0), sigma), 0.65, glow, 0.35, 0.0)
        mirrored = cv2.resize(soft, (w, h), interpolation=cv2.INTER_LINEAR)
        return np.asarray(cv2.add(image, mirrored), dtype=np.uint8)


def _pane(
    glass: Picture,
    at: np.ndarray[tuple[int], np.dtype[np.float64]],
    reach: float,
    colour: tuple[float, float, float],
    rng: np.random.Generator,
) -> None:
    """A window of two by two or three panes, seen aslant, in place."""  # fmt: skip
    turn, lean, high = rng.normal(0.0, 0.15), rng.normal(0.0, 0.2), rng.uniform(0.8, 1.8)
    rows = int(rng.integers(1, 4))
    shape = np.array([[np.cos(turn), lean - np.sin(turn)], [np.sin(turn), np.cos(turn)]]) * reach
    for column in range(2):
        for row in range(rows):
            low = np.array([column - 0.96, high * (row / rows - 0.48)])
            corners = low + np.array([[0.0, 0.0], [0.92, 0.0], [0.92, 0.92], [0.0, 0.92]]) * [1.0, high / rows]
            points = np.round((corners @ shape.T + at) * 16.0).astype(np.int32).reshape(-1, 1, 2)
            cv2.fillPoly(glass, [points], colour, cv2.LINE_AA, 4)
