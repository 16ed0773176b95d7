"""Vary: what a network must not rely on is changed at random in the pictures it is shown, never moving a pixel."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

_MIXED, _GREY, _TONED, _BLURRED, _SHARPENED, _NOISY, _NEGATIVE = 0.25, 0.15, 0.4, 0.25, 0.1, 0.25, 0.03


def vary(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Other colours, tones, sharpness and noise of a picture (H, W, 3); each is left alone more often than not."""
    chance = rng.uniform(size=7)
    varied: NDArray[Any] = picture
    if chance[0] < _MIXED + _GREY:
        mix = rng.dirichlet(np.ones(3), size=1 if chance[0] < _GREY else 3)
        varied = cv2.transform(varied, np.broadcast_to(mix, (3, 3)).copy())
    if chance[1] < _TONED:
        varied = cv2.LUT(varied, np.stack([_tone(rng) for _ in range(3)], axis=1)[None])
    if chance[2] < _BLURRED:
        varied = cv2.GaussianBlur(varied, (0, 0), rng.uniform(0.3, 1.1))
    if chance[3] < _SHARPENED:
        soft = cv2.GaussianBlur(varied, (0, 0), 1.0)
        amount = rng.uniform(0.3, 1.0)
        varied = cv2.addWeighted(varied, 1.0 + amount, soft, -amount, 0.0)
    if chance[4] < _NOISY:
        noise = rng.normal(0.0, rng.uniform(1.0, 9.0), (*varied.shape[:2], 3 if chance[5] < 0.5 else 1))
        varied = np.clip(varied + noise, 0.0, 255.0).astype(np.uint8)
    if chance[6] < _NEGATIVE:
        varied = 255 - varied
    return np.asarray(varied, dtype=np.uint8)


def _tone(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A table of one channel: gamma, and where black and white lie."""
    low, high = rng.uniform(0.0, 60.0), rng.uniform(180.0, 255.0)
    curve = np.linspace(0.0, 1.0, 256) ** np.exp(rng.normal(0.0, 0.4))
    return np.asarray(np.round(low + (high - low) * curve), dtype=np.uint8)
