"""What people write with, and how its ink lies on a print: it darkens what is there and lets it show through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from synth.colours import RGB
from synth.degrade.cloud import cloud
from synth.degrade.step import Picture
from synth.geometry import Points
from synth.lines import Coverage, Patch, fill_outlines
from synth.ranges import Range

PenName = Literal["blue", "black", "red", "pencil", "felt"]


@dataclass(frozen=True)
class Pen:
    """A kind of pen.

    Attributes:
        colours: Of its ink at its darkest; each pen draws one.
        width_mm: Of its stroke.
        depth: Share of that colour that a stroke reaches.
        press: How much a stroke thins and pales where the hand presses less, in [0, 1].
        skips: Pressure under which the ink begins to fail, in [0, 1].
        grain: How much of the paper's grain stays bare, in [0, 1].
    """

    colours: tuple[RGB, ...]
    width_mm: Range
    depth: Range
    press: float
    skips: float
    grain: float


def _ball(*colours: RGB) -> Pen:
    return Pen(colours, (0.3, 0.5), (0.75, 1.0), 0.4, 0.28, 0.3)


PENS: dict[PenName, Pen] = {
    "blue": _ball((0.10, 0.18, 0.58), (0.16, 0.22, 0.50), (0.05, 0.10, 0.42)),
    "black": _ball((0.08, 0.08, 0.10), (0.14, 0.14, 0.17)),
    "red": _ball((0.80, 0.10, 0.14), (0.70, 0.08, 0.10)),
    "pencil": Pen(((0.22, 0.22, 0.24), (0.32, 0.32, 0.33)), (0.4, 0.6), (0.55, 0.85), 0.35, 0.0, 0.7),
    "felt": Pen(
        colours=((0.07, 0.07, 0.08), (0.08, 0.14, 0.50), (0.80, 0.10, 0.12), (0.05, 0.35, 0.20)),
        width_mm=(0.7, 1.3),
        depth=(0.85, 1.0),
        press=0.25,
        skips=0.0,
        grain=0.1,
    ),
}


def lay_strokes(
    image: Picture,
    outlines_mm: Sequence[Points],
    pen: Pen,
    colour: RGB,
    px_per_mm: float,
    rng: np.random.Generator,
    *,
    grow_mm: float = 0.0,
) -> None:
    """Draw outlines on a print of the whole paper with the ink of a pen, `grow_mm` beyond them."""
    size = (image.shape[1], image.shape[0])
    outlines = [outline * px_per_mm - 0.5 for outline in outlines_mm]
    patch = fill_outlines(outlines, size, grow_px=grow_mm * px_per_mm, margin_px=0.2 * px_per_mm)
    grain = np.random.default_rng(int(rng.integers(2**63)))  # what it draws depends on the print's scale
    if patch is not None:
        darken(image, Patch(patch.x, patch.y, _pressed(patch.coverage, pen, px_per_mm, grain)), colour)


def darken(image: Picture, ink: Patch, colour: RGB) -> None:
    """Multiply a print by an ink that has `colour` on white where it covers fully."""
    h, w = ink.coverage.shape
    window = image[ink.y : ink.y + h, ink.x : ink.x + w]
    light = cv2.merge([cv2.addWeighted(ink.coverage, channel - 1.0, ink.coverage, 0.0, 255.0) for channel in colour])
    window[:] = cv2.multiply(window, light, scale=1.0 / 255.0)


def _pressed(ink: Coverage, pen: Pen, px_per_mm: float, rng: np.random.Generator) -> Coverage:
    """Strokes as a hand presses them: wide and dark, or thin and pale, with skips and the paper's grain."""
    soft = np.asarray(cv2.GaussianBlur(ink, (0, 0), max(0.55, 0.08 * px_per_mm)), dtype=np.uint8)
    inked = np.flatnonzero(soft > 12)
    long_mm = max(ink.shape) / px_per_mm
    force = cloud(ink.shape, max(2, round(long_mm / 2.0)), rng).ravel()[inked]
    share = soft.ravel()[inked].astype(np.float32) / np.float32(255.0)
    level = np.float32(0.5) + np.float32(0.6 * pen.press) * (np.float32(0.4) - force)
    share = np.clip((share - level) * np.float32(2.2) + np.float32(0.5), 0.0, 1.0)
    share *= np.float32(1.0 - 0.5 * pen.press) + np.float32(0.5 * pen.press) * force
    if pen.skips:
        streaks = cloud(ink.shape, max(2, round(long_mm / 0.6)), rng).ravel()[inked]
        share *= np.clip((streaks + force - np.float32(pen.skips)) * 4.0, 0.1, 1.0)
    share *= 1.0 - np.float32(pen.grain) * rng.random(len(inked), dtype=np.float32)
    pressed = np.zeros_like(ink)
    pressed.ravel()[inked] = share * np.float32(255.0)
    return pressed
