"""What use does to a print: ink rubbed off and smeared."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.blend import (
    Picture,
    Plane,
    bleached,
    clouds,
    nodes_over,
    paper_of,
    pixels_of,
    shrunk,
    spread_over,
    tinted,
)
from synth.degrade.paper.tint import disc
from synth.degrade.step import Imprint
from synth.ranges import Range, Within, draw, draw_count

_NOISE_PX = 256  # side of the tile of noise that flakes of ink are taken from
_HARD = 3.0  # contrast of the edges of what is rubbed off
_SMEARS = 4  # times that ink is carried on, each twice as far as the one before


class Rubbed(Imprint, frozen=True, tag="rubbed"):
    """Ink that was rubbed: off in streaks and flakes, and smeared along the way of the hand.

    Attributes:
        patches: Number of rubbed places, in [0, 30].
        size_mm: Radius of a place, in [3, 120].
        loss: Share of the ink that is gone where it is rubbed off, in [0, 1].
        smear: How dark smeared ink is, in [0, 1].
        streak_mm: Width of the streaks, in [0.2, 8].
    """

    patches: Annotated[Range, Within(0.0, 30.0, calm=0.0)] = (1.0, 5.0)
    size_mm: Annotated[Range, Within(3.0, 120.0)] = (8.0, 45.0)
    loss: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.2, 0.8)
    smear: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.1, 0.5)
    streak_mm: Annotated[Range, Within(0.2, 8.0)] = (0.4, 2.5)

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Smear, then rub off, place by place; all were rubbed in about one direction."""
        shape, paper, main = nodes_over(image, px_per_mm), paper_of(image), rng.uniform(0.0, np.pi)
        flakes = rng.integers(0, 256, (_NOISE_PX, _NOISE_PX), dtype=np.uint8)
        flakes = np.asarray(cv2.GaussianBlur(flakes, (0, 0), 0.7), dtype=np.uint8)
        for _ in range(draw_count(self.patches, rng)):
            loss, smear, width = draw(self.loss, rng), draw(self.smear, rng), draw(self.streak_mm, rng)
            way, radius = main + rng.normal(0.0, 0.15), draw(self.size_mm, rng)
            nodes, away = disc(shape, radius, rng, wobble=0.25)
            if not away.size:
                continue
            window = pixels_of(nodes, shape, image)
            part = np.ascontiguousarray(image[window])
            pressed = np.clip(-away / (0.5 * radius), 0.0, 1.0) * (0.4 + 0.8 * clouds(away.shape, 0.5 * radius, rng))
            streaks = _streaks(part, px_per_mm, way, width, flakes, rng)
            # gone where streaks and pressure together exceed a limit
            gone = cv2.addWeighted(streaks, _HARD, spread_over(part, pressed), 0.8 * _HARD, -0.7 * _HARD * 255.0)
            carried = cv2.multiply(_carried(part, paper, pressed * smear, way), streaks, scale=1.2 / 255.0)
            part = bleached(part, paper, np.asarray(cv2.convertScaleAbs(gone, alpha=loss), dtype=np.uint8))
            image[window] = tinted(part, np.asarray(cv2.bitwise_not(carried), dtype=np.uint8))
        return image


def _streaks(
    part: Picture, px_per_mm: float, way: float, width_mm: float, flakes: Plane, rng: np.random.Generator
) -> Plane:
    """Noise in [0, 255] over a window: streaks along `way`, and flakes in them."""
    h, w = part.shape[:2]
    reach, across = float(np.hypot(h, w)), width_mm * px_per_mm
    noise = rng.integers(0, 256, (int(reach / across) + 4, int(reach / (18.0 * across)) + 4), dtype=np.uint8)
    cos, sin = np.cos(way), np.sin(way)
    back = np.array([[cos / (18.0 * across), sin / (18.0 * across), 0.0], [-sin / across, cos / across, 0.0]])
    back[:, 2] = (noise.shape[1] / 2.0, noise.shape[0] / 2.0) - back[:, :2] @ (w / 2.0, h / 2.0)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    streaks = cv2.warpAffine(noise, back, (w, h), flags=flags, borderMode=cv2.BORDER_REFLECT)
    fine = cv2.repeat(flakes, h // _NOISE_PX + 1, w // _NOISE_PX + 1)[:h, :w]
    return np.asarray(cv2.addWeighted(streaks, 0.65, fine, 0.7, -45.0), dtype=np.uint8)


def _carried(part: Picture, paper: tuple[float, float, float], strength: NDArray[np.floating], way: float) -> Plane:
    """Ink that was carried to and fro along `way`: what it takes of the light at every pixel, 255 is all."""
    h, w = strength.shape
    ink = np.clip(1.0 - shrunk(part, (h, w)).mean(axis=2, dtype=np.float32) / max(1.0, float(np.mean(paper))), 0.0, 1.0)
    ink = np.clip(2.0 * ink - 0.25, 0.0, 1.0)  # ink, not grids
    for k in range(_SMEARS):
        dx, dy = 2.0**k * np.cos(way), 2.0**k * np.sin(way)
        there, back = (
            cv2.warpAffine(ink, np.array([[1.0, 0.0, s * dx], [0.0, 1.0, s * dy]]), (w, h)) for s in (1.0, -1.0)
        )
        ink = 0.5 * np.asarray(ink) + 0.3 * (np.asarray(there) + np.asarray(back))
    return spread_over(part, np.asarray(2.0 * ink * strength, dtype=np.float32))
