"""What happens to ink and tints on their way to paper: the effects that printers are made of."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from synth.degrade.cloud import cloud
from synth.draw import Picture
from synth.lines import Coverage

_CRISP = 8.0  # contrast of the edges of halftone dots
_BAND_PX = 64
_PIXEL = 0.47  # sigma of a pixel's own blur, in pixels
_NEARLY = 0.95  # of a raster's scale: one that is hardly coarser hides nothing


def spread(ink: Coverage, gain_px: float, fray: float, mottle: float, rng: np.random.Generator) -> Coverage:
    """Ink that runs `gain_px` beyond its edges: the blurred edge is cut where a step of ink would be that far out."""
    sigma = max(0.5, gain_px)
    soft = np.asarray(cv2.GaussianBlur(ink, (0, 0), sigma), dtype=np.uint8)
    patchy = cloud(ink.shape, 200, rng)
    inked = np.flatnonzero(soft > 2)
    share = soft.ravel()[inked].astype(np.float32) / np.float32(255.0)
    share += np.float32(fray) * (rng.random(len(inked), dtype=np.float32) - np.float32(0.5))
    cut = float(ndtr(-gain_px / sigma))
    share = np.clip((share - np.float32(cut)) * np.float32(2.0) + np.float32(0.5), 0.0, 1.0)
    share *= 1.0 - np.float32(mottle) * patchy.ravel()[inked]
    spread = np.zeros_like(ink)
    spread.ravel()[inked] = share * np.float32(255.0)
    return spread


def halftone(paper: Picture, pitch_px: float, share: float) -> Picture:
    """Replace tints by dots of full colour, each channel under a screen of its own angle; in place.

    Dots that are hardly larger than a pixel are seen as faintly as pixels see them.
    """
    share *= float(np.exp(-2.0 * (np.pi * _PIXEL / pitch_px) ** 2))
    h, w = paper.shape[:2]
    screens, sides = [], []
    for turn, periods in (((1, 4), 1), ((4, 1), 1), ((0, 1), 4)):  # about 15, 75 and 90 degrees
        screen = _screen(pitch_px, turn, periods)
        sides.append(len(screen))
        screens.append(cv2.repeat(screen, _BAND_PX // len(screen) + 2, w // len(screen) + 1)[:, :w])
    tops = [max(1.0, float(top)) for top in paper[::7, ::7].max(axis=(0, 1))]
    # (tone - threshold) * _CRISP + 0.5 of full light, tones stretched so that white has no dots and black no holes
    scale = _CRISP * (1.0 + 1.0 / _CRISP)
    for start in range(0, h, _BAND_PX):  # bands stay in the processor's cache
        part, planes = paper[start : start + _BAND_PX], []
        for plane, thresholds, top, side in zip(cv2.split(part), screens, tops, sides, strict=True):
            band = thresholds[start % side : start % side + len(part)]
            dots = cv2.addWeighted(plane, scale * 255.0 / top, band, -_CRISP, 0.0)
            planes.append(cv2.addWeighted(plane, 1.0 - share, dots, share * top / 255.0, 0.0))
        part[:] = cv2.merge(planes)
    return paper


def _screen(pitch_px: float, turn: tuple[int, int], periods: int) -> NDArray[np.uint8]:
    """Some periods of a screen of dots turned by atan(turn[0] / turn[1]): thresholds, evenly spread over 0 .. 255.

    The pitch is changed by up to half a pixel in all of them, so that they are a whole number of pixels.
    """
    side = max(2, round(pitch_px * float(np.hypot(*turn)) * periods))
    x, y = np.meshgrid(np.arange(side) + 0.25, np.arange(side) + 0.4)
    a, b = (2.0 * np.pi * periods / side * part for part in (x * turn[1] + y * turn[0], x * turn[0] - y * turn[1]))
    rank = np.argsort(np.argsort((np.cos(a) + np.cos(b)).ravel(), kind="stable"), kind="stable")
    return np.asarray(rank * (255.0 / (side * side - 1.0)), dtype=np.uint8).reshape(side, side)


def rescaled(image: NDArray[np.uint8], times: float) -> NDArray[np.uint8]:
    """A print on a raster `times` as fine, its corner in place.

    On a coarser one, what is finer is blurred first, so that it cannot alias; on a finer one, pixels are squares.
    """
    if times == 1.0:
        return image
    if times < _NEARLY:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.4 / times), dtype=np.uint8)
    how = cv2.INTER_LINEAR if times < 1.0 else cv2.INTER_AREA
    return np.asarray(cv2.resize(image, None, fx=times, fy=times, interpolation=how), dtype=np.uint8)


def as_large(image: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A print cut, or its edge repeated, to the height and width of another, from which it differs by rounding."""
    h, w = other.shape[:2]
    down, right = max(0, h - image.shape[0]), max(0, w - image.shape[1])
    if down or right:
        image = np.asarray(cv2.copyMakeBorder(image, 0, down, 0, right, cv2.BORDER_REPLICATE), dtype=np.uint8)
    return np.ascontiguousarray(image[:h, :w])


def waves(n: int, period: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Uneven bands in [0, 1] along n dots."""
    knots = max(2, round(2.0 * n / period) + 1)
    at: NDArray[np.float64] = np.interp(np.arange(n), np.linspace(0.0, n - 1.0, knots), rng.random(knots))
    return at
