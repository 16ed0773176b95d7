"""Lamps, each of its own colour, and the shadows of the phone that takes the picture and of hands."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.step import Light as LightField
from synth.degrade.step import Lighting
from synth.geometry import Points
from synth.ranges import Range, Within, draw, draw_count, draw_sign, pick

#: sRGB of black bodies (CIE 1931, 2 degrees) by their reciprocal temperature in mired, from candle to blue sky.
_MIRED = (80.0, 100.0, 125.0, 154.0, 182.0, 200.0, 250.0, 286.0, 333.0, 370.0, 500.0)
_BODIES = (
    (186, 208, 255), (204, 219, 255), (227, 233, 255), (255, 250, 253), (255, 236, 224), (255, 228, 206),
    (255, 209, 163), (255, 196, 137), (255, 180, 107), (255, 169, 87), (255, 137, 14),
)  # fmt: skip
_CODED = 1.0 / 2.2  # light falls linearly, pictures hold about its 2.2th root

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]


class Lamps(Lighting, frozen=True, tag="lamps"):
    """Lamps and windows of different colour: each is stronger near itself, so the white balance is uneven.

    Attributes:
        count: How many, in [1, 5].
        share: Share of the light that comes from them, the rest is even; in [0, 1].
        falloff: How near they are: width of the picture over their height, in [0, 4].
        mired: Their colours, reciprocal temperatures in 1e6 / K: 154 is daylight, 370 a bulb; in [80, 500].
    """

    count: Annotated[Range, Within(1.0, 5.0)] = (1.0, 3.0)
    share: Annotated[Range, Within(0.0, 1.0, calm=0.0)] = (0.3, 0.9)
    falloff: Annotated[Range, Within(0.0, 4.0, calm=0.0)] = (0.3, 1.6)
    mired: Annotated[Range, Within(80.0, 500.0)] = (130.0, 400.0)

    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> LightField:
        """Sum the lamps; white is what the middle of the picture sees, and 1 the brightest place."""
        count, share = draw_count(self.count, rng), draw(self.share, rng)
        y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32) / np.float32(shape[1])
        total = np.zeros((*shape, 3), dtype=np.float32)
        for _ in range(count):
            falloff, mired = draw(self.falloff, rng), draw(self.mired, rng)
            at, strength = rng.uniform(-0.3, 1.3, 2) * (1.0, shape[0] / shape[1]), rng.uniform(0.3, 1.0)
            away = ((x - at[0]) ** 2 + (y - at[1]) ** 2) * falloff**2
            total += strength * (1.0 + away[..., None]) ** (-1.5 * _CODED) * _body(mired)
        total /= total[shape[0] // 2, shape[1] // 2]
        light = 1.0 - share + share * total
        return np.asarray(light / light.max(), dtype=np.float32)


class Cast(Lighting, frozen=True, tag="cast"):
    """The shadow of the phone that takes the picture with the hands that hold it, or of one hand.

    Attributes:
        chance: Probability that there is one.
        depth: Fraction of light lost in it, in [0, 0.9].
        penumbra: Width of its edge in widths of the picture, in [0.001, 0.2]: narrow under the sun, wide under a tube.
        tint: How much bluer its light is, in [0, 0.3].
        by: What casts it; each page draws one.
    """

    stride_px: ClassVar[int] = 4
    shadow: ClassVar[bool] = True

    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    depth: Annotated[Range, Within(0.0, 0.9, calm=0.0)] = (0.1, 0.45)
    penumbra: Annotated[Range, Within(0.001, 0.2)] = (0.006, 0.08)
    tint: Annotated[Range, Within(0.0, 0.3, calm=0.0)] = (0.0, 0.08)
    by: tuple[Literal["phone", "hand"], ...] = ("phone", "phone", "hand")

    def shine(self, shape: tuple[int, int], rng: np.random.Generator) -> LightField:
        """Project it from one side of the picture, mostly from below, where the photographer stands."""
        depth, penumbra, tint = draw(self.depth, rng), draw(self.penumbra, rng), draw(self.tint, rng)
        by, side, there = pick(self.by, rng), pick((0, 0, 0, 1, 2, 3), rng), rng.uniform() < self.chance
        if not there:
            return np.ones((*shape, 3), dtype=np.float32)
        turned = shape if side % 2 == 0 else shape[::-1]
        near, far = _phone(turned, rng) if by == "phone" else _hand(turned, rng)
        sigma = max(0.5, 0.4 * penumbra * shape[1])
        through = (1.0 - _soft(near, sigma)) * (1.0 - _soft(far, 1.8 * sigma))  # arms are farther from the paper
        lost = np.rot90(1.0 - through, side)[..., None]
        loss = depth * np.array([1.0 + tint, 1.0, 1.0 - tint], dtype=np.float32)
        return np.asarray(1.0 - lost * np.minimum(loss, 0.95), dtype=np.float32)


def _body(mired: float) -> NDArray[np.float32]:
    channels = np.array(_BODIES, dtype=np.float32).T / np.float32(255.0)
    return np.array([np.interp(mired, _MIRED, channel) for channel in channels], dtype=np.float32)


def _soft(mask: Mask, sigma: float) -> Plane:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / np.float32(255.0), (0, 0), sigma), dtype=np.float32)


def _phone(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Mask, Mask]:
    """A phone across the picture with a hand at each end, or upright in one hand; and the arms."""
    near, far = (np.zeros(shape, dtype=np.uint8) for _ in range(2))
    h, w = shape
    long, upright, turn = rng.uniform(0.4, 0.8) * max(h, w), rng.uniform() < 0.35, rng.normal(0.0, 0.12)
    middle = np.array([w, h]) * (0.5, 0.6) + rng.normal(0.0, 0.2, 2) * (w, h)
    along = long * _turned((0.0, 1.0) if upright else (1.0, 0.0), turn)
    across = long * _turned((1.0, 0.0) if upright else (0.0, 1.0), turn)
    for end in [1.0] if upright else [end for end in (-1.0, 1.0) if rng.uniform() < 0.85]:
        grip = middle + along * end * rng.uniform(0.36, 0.46)
        for k in range(4):  # fingers behind the phone show at its rim
            tip = grip + along * end * (k - 2.2) * 0.07 - across * rng.uniform(0.24, 0.29)
            _stroke(near, [tip, grip + across * 0.1], 0.075 * long)
        thumb = grip + along * end * 0.13 + across * rng.uniform(-0.1, 0.0)
        _stroke(near, [thumb, grip + across * 0.3], 0.11 * long)
        heel = grip + along * end * 0.02 + across * rng.uniform(0.26, 0.32)
        _blob(near, [grip, heel], 0.26 * long, 0.08 * long)
        elbow = heel + np.array([end * rng.uniform(0.0, 0.5), 1.2]) * max(h, w)
        _stroke(far, [heel, elbow], rng.uniform(0.17, 0.22) * long)
    near = _merged(near, 0.02 * long)
    _blob(near, [middle + along * 0.43 * end for end in (-1.0, 1.0)], 0.47 * long, 0.07 * long)
    return near, far


def _hand(shape: tuple[int, int], rng: np.random.Generator) -> tuple[Mask, Mask]:
    """A hand from below, its fingers a little spread; and its arm."""
    near, far = (np.zeros(shape, dtype=np.uint8) for _ in range(2))
    h, w = shape
    size, turn, side = rng.uniform(0.35, 0.7) * h, rng.normal(0.0, 0.4), draw_sign(rng)
    palm = np.array([w * rng.uniform(0.1, 0.9), h * rng.uniform(0.55, 1.0)])
    spread = rng.uniform(0.03, 0.16)
    for k, (long, wide) in enumerate(((0.80, 0.16), (0.92, 0.17), (0.86, 0.16), (0.68, 0.14))):
        lean = turn + (k - 1.5) * spread
        root = palm + _turned((side * (k - 1.5) * 0.17 * size, -0.2 * size), turn)
        bent = rng.uniform(0.75, 1.0)
        _stroke(near, [root, root + _turned((0.0, -long * bent * 0.62 * size), side * lean)], wide * 0.85 * size)
    thumb = palm + _turned((-side * 0.62 * size, -0.22 * size), turn)
    _stroke(near, [palm + _turned((-side * 0.15 * size, 0.15 * size), turn), thumb], 0.18 * size)
    _blob(near, [palm + _turned((x * size, 0.0), turn) for x in (-0.2, 0.2)], 0.75 * size, 0.15 * size)
    wrist = palm + _turned((0.0, 0.35 * size), turn)
    _stroke(far, [wrist, wrist + _turned((0.0, 2.0 * max(h, w)), turn + rng.normal(0.0, 0.2))], 0.46 * size)
    return _merged(near, 0.03 * size), far


def _turned(vector: tuple[float, float], angle: float) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([vector[0] * cos - vector[1] * sin, vector[0] * sin + vector[1] * cos])


def _merged(mask: Mask, sigma: float) -> Mask:
    """Parts grown together, as flesh is: without sharp corners between them."""
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.5, sigma)).astype(np.float32)
    return np.asarray(np.clip(4.0 * (soft - 96.0), 0.0, 255.0), dtype=np.uint8)


def _stroke(mask: Mask, ends: list[Points], width: float) -> None:
    """A line with round ends."""
    a, b = (tuple(np.round(end * 16.0).astype(int).tolist()) for end in ends)
    cv2.line(mask, a, b, 255.0, max(1, round(width)), cv2.LINE_AA, 4)


def _blob(mask: Mask, ends: list[Points], width: float, corner: float) -> None:
    """A rectangle of `width` around the line between its ends, grown by round corners of a radius."""
    along = (ends[1] - ends[0]) / max(1e-6, float(np.hypot(*(ends[1] - ends[0]))))
    across = np.array([-along[1], along[0]]) * (width / 2.0 - corner)
    box = np.round(np.array([ends[0] + across, ends[1] + across, ends[1] - across, ends[0] - across]) * 16.0)
    cv2.fillPoly(mask, [box.astype(np.int32).reshape(-1, 1, 2)], 255.0, cv2.LINE_AA, 4)
    for a, b in zip(box, np.roll(box, -1, axis=0), strict=True):
        _stroke(mask, [a / 16.0, b / 16.0], 2.0 * corner)
