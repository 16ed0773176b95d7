"""The flatbed scanner: its dusty glass, its line of sensors, paper that lifts off it, black and white."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth.degrade.step import Light, Lighting, Photometric, Picture
from synth.ranges import Range, Within, draw, draw_count, draw_sign, pick

Threshold = Literal["global", "local", "diffusion"]

_AROUND_PX = 51  # side of the neighbourhood of a local threshold
_BAND_ROWS = 64  # are given their lines at a time
_SUBPIXELS = 4  # bits of a pixel's fraction, of OpenCV's lines


class Dust(Photometric, frozen=True, tag="dust"):
    """Dust and fibres on the scanner's glass: grey on white paper, and on black ink, too.

    Attributes:
        specks: Number of specks, in [0, 500].
        fibres: Number of hairs and fibres, in [0, 20].
        opacity: How much of the page the thickest hides, in [0, 1].
    """

    specks: Annotated[Range, Within(0.0, 500.0, calm=0.0)] = (0.0, 90.0)
    fibres: Annotated[Range, Within(0.0, 20.0, calm=0.0)] = (0.0, 3.0)
    opacity: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.2, 0.8)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Draw them all into one mask, then lay a grey on it."""
        specks, fibres = draw_count(self.specks, rng), draw_count(self.fibres, rng)
        opacity, grey = draw(self.opacity, rng), rng.uniform(70.0, 180.0)
        h, w = image.shape[:2]
        unit = max(h, w) / 2200.0  # of a pixel at 200 dpi
        mask = np.zeros((h, w), dtype=np.uint8)
        for _ in range(specks):
            x, y, size = rng.uniform(0.0, w), rng.uniform(0.0, h), unit * min(7.0, 0.6 + rng.exponential(0.9))
            axes, thick = (size, size * rng.uniform(0.5, 1.0)), 255.0 * opacity * rng.uniform(0.3, 1.0)
            cv2.ellipse(mask, ((x, y), axes, rng.uniform(0.0, 180.0)), thick, cv2.FILLED, cv2.LINE_AA)
        for _ in range(fibres):
            path, thick = _fibre(unit, rng) + rng.uniform((0.0, 0.0), (w, h)), 255.0 * opacity * rng.uniform(0.5, 1.0)
            points = np.round(path * 2**_SUBPIXELS).astype(np.int32).reshape(-1, 1, 2)
            width = max(1, round(unit * rng.uniform(0.6, 1.6)))
            cv2.polylines(mask, [points], False, thick, width, cv2.LINE_AA, _SUBPIXELS)
        hidden = np.flatnonzero(mask != 0)
        share = mask.ravel()[hidden, None].astype(np.float32) / np.float32(255.0)
        pixels = image.reshape(-1, 3)
        pixels[hidden] = pixels[hidden] + share * (np.float32(grey) - pixels[hidden])
        return image


class Lines(Photometric, frozen=True, tag="lines"):
    """A line of sensors that are not quite alike, moved across the page: faint lines along its way, and streaks.

    Attributes:
        offset: Standard deviation of the sensors' errors, white being 1; in [0, 0.05].
        streaks: Number of streaks, of one colour or of all, where a sensor is dirty; in [0, 30].
        depth: How strong the strongest streak is, white being 1; in [0, 0.5].
    """

    offset: Annotated[Range, Within(0.0, 0.05, calm=0.0)] = (0.0, 0.005)
    streaks: Annotated[Range, Within(0.0, 30.0, calm=0.0)] = (0.0, 2.0)
    depth: Annotated[Range, Within(0.0, 0.5, calm=0.0)] = (0.02, 0.15)

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Add the same error to a whole column, or to a whole row."""
        offset, streaks, depth = 255.0 * draw(self.offset, rng), draw_count(self.streaks, rng), draw(self.depth, rng)
        h, w = image.shape[:2]
        upright = rng.uniform() < 0.5  # the sensors lie along x
        count = w if upright else h
        errors = offset * (0.8 * rng.standard_normal((count, 1)) + 0.6 * rng.standard_normal((count, 3)))
        for _ in range(streaks):
            first, width = int(rng.integers(count)), 1 + int(rng.geometric(0.6)) * max(w, h) // 2200
            colours = np.ones(3) if rng.uniform() < 0.6 else rng.permutation([1.0, 0.2, 0.2])
            errors[first : first + width] += 255.0 * depth * draw_sign(rng) * rng.uniform(0.3, 1.0) * colours
        row = np.round(errors)[None] if upright else np.round(errors)[:, None]
        signs = [np.clip(sign * row, 0.0, 255.0).astype(np.uint8) for sign in (1.0, -1.0)]
        for top in range(0, h, _BAND_ROWS):  # bands stay in the processor's cache
            part = image[top : top + _BAND_ROWS]
            size = w, len(part)
            brighter, darker = (
                cv2.resize(some if upright else some[top : top + size[1]], size, interpolation=cv2.INTER_NEAREST)
                for some in signs
            )
            part[:] = cv2.subtract(cv2.add(part, brighter), darker)
        return image


class Lift(Lighting, frozen=True, tag="lift"):
    """Paper that lifts off the glass along one side, as at a binding, a staple or a thick fold: less light gets there.

    Attributes:
        loss: Fraction of light lost at that side, in [0, 0.9].
        width: How far in the darkness reaches, in widths of the picture, in [0.005, 0.4].
    """

    loss: Annotated[Range, Within(0.0, 0.9, calm=0.0)] = (0.0, 0.3)
    width: Annotated[Range, Within(0.005, 0.4)] = (0.01, 0.08)

    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> Light:
        """Darken towards one side, faster and faster."""
        loss, width = draw(self.loss, rng), draw(self.width, rng)
        side, slant = int(rng.integers(4)), rng.normal(0.0, 0.15)
        y, x = np.linspace(0.0, 1.0, shape[0])[:, None], np.linspace(0.0, 1.0, shape[1])[None, :]
        y, x = (y, x) if side < 2 else (1.0 - y, 1.0 - x)
        inwards, along = (x, y) if side % 2 == 0 else (y * shape[0] / shape[1], x)
        deep = np.exp(-np.maximum(inwards + 0.0 * along, 0.0) / (0.4 * width * (1.0 + slant * (2.0 * along - 1.0))))
        return np.repeat((1.0 - loss * deep).astype(np.float32)[..., None], 3, axis=2)


class Bilevel(Photometric, frozen=True, tag="bilevel"):
    """Black and white and nothing between, as cheap scanners, copiers and fax machines see.

    Attributes:
        level: Threshold, white being 1, in [0.05, 0.95]; of `local`, how much darker than around counts as black is
            1 - level; where errors are diffused it says nothing: black and white are mixed as the tone asks.
        by: One threshold for all, one from the neighbourhood, or error diffusion (Floyd and Steinberg 1976).
        share: Probability that the picture is black and white at all.
    """

    level: Annotated[Range, Within(0.05, 0.95)] = (0.45, 0.7)
    by: tuple[Threshold, ...] = ("global", "local", "diffusion")
    share: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0

    def expose(self, image: Picture, rng: np.random.Generator) -> Picture:
        """Make every pixel 0 or 255."""
        level, by = draw(self.level, rng), pick(self.by, rng)
        if rng.uniform() >= self.share:
            return image
        grey = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        return np.asarray(cv2.cvtColor(black_and_white(grey, level, by), cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def black_and_white(grey: NDArray[np.uint8], level: float, by: Threshold) -> NDArray[np.uint8]:
    """0 or 255 for every pixel of (H, W); `level` as in `Bilevel`."""
    if by == "global":
        black = cv2.threshold(grey, 255.0 * level, 255, cv2.THRESH_BINARY)[1]
    elif by == "local":
        around = cv2.boxFilter(grey, -1, (_AROUND_PX, _AROUND_PX))
        black = cv2.compare(grey, cv2.convertScaleAbs(around, alpha=0.6 + 0.4 * level), cv2.CMP_GT)
    else:
        black = np.asarray(Image.fromarray(grey).convert("1"), dtype=np.uint8) * np.uint8(255)
    return np.asarray(black, dtype=np.uint8)


def _fibre(unit: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """A curled path from (0, 0), (n, 2) px; `unit` is a pixel at 200 dpi."""
    steps = int(rng.integers(8, 40))
    heading = rng.uniform(0.0, 2.0 * np.pi) + np.cumsum(rng.normal(rng.normal(0.0, 0.08), 0.18, steps))
    way = np.stack([np.cos(heading), np.sin(heading)], axis=1) * 2.5 * unit
    return np.concatenate([np.zeros((1, 2)), np.cumsum(way, axis=0)])
