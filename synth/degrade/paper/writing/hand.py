"""A free hand: letters as outlines in mm, y down; no two alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Points
from synth.glyphs import load_glyph

_DIGIT = 0.9  # of a capital's height digits have at least, in the mean

Outlines = list[Points]  # closed polygons, as of `lines.fill_outlines`


@dataclass(frozen=True)
class Hand:
    """How somebody writes.

    Attributes:
        font: One of `fonts.HAND_FONTS`.
        capital_mm: Height of a capital letter.
        width_mm: Width of a stroke.
        slant: Tangent of the letters' lean to the right.
        unsteady: How much letters and strokes vary, 1 is usual.
    """

    font: str
    capital_mm: float
    width_mm: float
    slant: float
    unsteady: float


def write(text: str, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Lines of text, the first one's baseline beginning at (0, 0)."""
    em = hand.capital_mm / _capital(hand.font)
    outlines, y, left = [], 0.0, 0.0
    for line in text.split("\n"):
        outlines += _write_line(line, em, (left, y), hand, rng)
        y += em * rng.uniform(0.9, 1.2)
        left += em * rng.normal(0.0, 0.15)
    return _warped(outlines, 0.03 * em * hand.unsteady, (0.6 * em, 2.5 * em), rng)


def stem_mm(font: str, capital_mm: float) -> float:
    """Width of the strokes of letters whose capitals are `capital_mm` high."""
    return _stem(font) * capital_mm / _capital(font)


def moved(outlines: Sequence[Points], to: Points, turn: float = 0.0) -> Outlines:
    """The outlines turned by `turn` about (0, 0), clockwise as seen, then moved by `to`."""
    cos, sin = np.cos(turn), np.sin(turn)
    return [outline @ np.array([[cos, sin], [-sin, cos]]) + to for outline in outlines]


def extent(outlines: Sequence[Points]) -> tuple[Points, Points]:
    """Least and largest coordinates of all, (2,) each."""
    points = np.concatenate(outlines)
    return points.min(axis=0), points.max(axis=0)


def sway(s: NDArray[np.float64], period: tuple[float, float], rng: np.random.Generator) -> NDArray[np.float64]:
    """Smooth noise along s, of variance 1: three waves whose periods lie in `period`."""
    periods, phases = rng.uniform(*period, 3), rng.uniform(0.0, 2.0 * np.pi, 3)
    total: NDArray[np.float64] = np.sin(2.0 * np.pi * s[..., None] / periods + phases).sum(axis=-1)
    return np.asarray(total * np.sqrt(2.0 / 3.0))


def _write_line(line: str, em: float, at: tuple[float, float], hand: Hand, rng: np.random.Generator) -> Outlines:
    """Letters one after the other, each of a size, lean and height of its own, on a baseline that wanders."""
    unsteady, n = hand.unsteady, len(line)
    grown = np.array([_grown(hand.font) if letter.isdigit() else 1.0 for letter in line])
    size = em * grown * (1.0 + 0.06 * unsteady * rng.normal(0.0, 1.0, n))
    lean = hand.slant + 0.05 * unsteady * rng.normal(0.0, 1.0, n)
    turn = 0.035 * unsteady * rng.normal(0.0, 1.0, n)
    gap = 1.0 + 0.07 * unsteady * rng.normal(0.0, 1.0, n)
    up = 0.025 * unsteady * rng.normal(0.0, 1.0, n) + 0.05 * unsteady * sway(np.arange(float(n)), (6.0, 25.0), rng)
    rise = rng.normal(-0.02, 0.03) * unsteady
    outlines, x = [], 0.0
    for k, letter in enumerate(line):
        glyph, cos, sin = load_glyph(hand.font, letter), np.cos(turn[k]), np.sin(turn[k])
        shape = size[k] * np.array([[cos, sin], [-sin - lean[k] * cos, cos - lean[k] * sin]])
        outlines += [outline @ shape + (at[0] + x, at[1] + em * up[k] + rise * x) for outline in glyph.outlines]
        x += glyph.advance * em * grown[k] * gap[k]
    return outlines


def _warped(outlines: Outlines, amplitude: float, period: tuple[float, float], rng: np.random.Generator) -> Outlines:
    """All points moved by a smooth field, as if the ink were elastic."""
    if not outlines:
        return outlines
    points, turn = np.concatenate(outlines), rng.uniform(0.0, np.pi)
    across = points @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shift = [sway(across[:, 0], period, rng) + sway(across[:, 1], period, rng) for _ in range(2)]
    points = points + 0.7 * amplitude * np.stack(shift, axis=1)
    return np.split(points, np.cumsum([len(outline) for outline in outlines])[:-1])


@lru_cache(maxsize=32)
def _capital(font: str) -> float:
    """Height of a capital letter, in em."""
    low, high = extent(load_glyph(font, "N").outlines)
    return float(high[1] - low[1])


@lru_cache(maxsize=32)
def _grown(font: str) -> float:
    """How much larger digits are written than the font has them: some have digits half as high as capitals."""
    heights = [np.ptp(np.concatenate(load_glyph(font, digit).outlines)[:, 1]) for digit in "0123456789"]
    return max(1.0, _DIGIT * _capital(font) / float(np.mean(heights)))


@lru_cache(maxsize=32)
def _stem(font: str) -> float:
    """Width of the strokes of a font, in em: a stroke's area is half its outline times its width."""
    outline = load_glyph(font, "l").outlines[0]
    edges = np.roll(outline, -1, axis=0) - outline
    area = 0.5 * abs(float((outline[:, 0] * edges[:, 1] - outline[:, 1] * edges[:, 0]).sum()))
    return 2.0 * area / float(np.hypot(*edges.T).sum())
