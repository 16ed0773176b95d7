"""A free hand: letters and strokes as outlines in mm, y down; no two alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from synth.fonts import load_glyph
from synth.geometry import Points
from synth.ranges import draw_sign

Outlines = list[Points]  # closed polygons, as of `lines.fill_outlines`

_STEP_MM = 0.35  # between the points of a stroke


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


def stroke(points: Points, hand: Hand, rng: np.random.Generator) -> Points:
    """The outline of a stroke along points (n, 2): it trembles, swells with pressure and thins where it is fast."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    length = float(along[-1])
    s = np.linspace(0.0, length, int(np.clip(length / _STEP_MM, 6, 600)))
    line = np.stack([np.interp(s, along, points[:, axis]) for axis in (0, 1)], axis=1)
    swerve, tremor = 0.008 * min(length, 40.0) * hand.unsteady, 0.03 * hand.unsteady
    for amplitude, period in ((swerve, (0.6 * length, 2.0 * length)), (tremor, (1.5, 6.0))):
        line += amplitude * np.stack([sway(s, period, rng), sway(s, period, rng)], axis=1)
    tip = rng.uniform(0.3, 1.0, 2)
    ends = np.minimum(tip[0] + s / 1.5, tip[1] + (length - s) / 1.5)
    half = 0.5 * hand.width_mm * (1.0 + 0.2 * sway(s, (3.0, 15.0), rng)) * np.minimum(1.0, ends)
    ahead = np.gradient(line, axis=0)
    ahead /= np.maximum(np.hypot(*ahead.T), 1e-9)[:, None]
    aside = half[:, None] * np.stack([-ahead[:, 1], ahead[:, 0]], axis=1)
    caps = half[[0, -1], None] * ahead[[0, -1]] * 0.8
    return np.concatenate([line + aside, line[-1:] + caps[1:], (line - aside)[::-1], line[:1] - caps[:1]])


def ellipse(size_mm: tuple[float, float], hand: Hand, rng: np.random.Generator) -> Outlines:
    """A ring around (0, 0) that overshoots its start, now and then twice around."""
    start, turns = rng.uniform(-2.8, 0.4), rng.uniform(0.93, 1.2) + (rng.uniform() < 0.15)
    way, lean = draw_sign(rng), rng.normal(0.0, 0.12)
    t = np.linspace(0.0, 1.0, 160) * turns
    angle = start - way * 2.0 * np.pi * t
    reach = 1.0 + rng.normal(0.0, 0.1) * t + 0.035 * hand.unsteady * sway(t, (0.45, 1.5), rng)
    x, y = (0.5 * side * reach * wave for side, wave in zip(size_mm, (np.cos(angle), np.sin(angle)), strict=True))
    return [stroke(np.stack([x - lean * y, y + lean * x], axis=1), hand, rng)]


def arrow(tail: Points, hand: Hand, rng: np.random.Generator) -> Outlines:
    """A bowed shaft from `tail` (2,) to (0, 0), and a head of two strokes, in one go or two."""
    t = np.linspace(0.0, 1.0, 24)[:, None]
    bow = np.array([-tail[1], tail[0]]) * rng.normal(0.0, 0.1)
    shaft = tail * (1.0 - t) + bow * 4.0 * t * (1.0 - t)
    back = np.arctan2(*(shaft[-3] - shaft[-1])[::-1])
    head, spread = rng.uniform(2.0, 4.0) + 2.0 * hand.width_mm, rng.uniform(0.35, 0.6, 2) * (-1.0, 1.0)
    tips = [head * rng.uniform(0.7, 1.2) * np.array([np.cos(back + turn), np.sin(back + turn)]) for turn in spread]
    off = rng.normal(0.0, 0.25 * hand.unsteady, (2, 2))
    if rng.uniform() < 0.5:
        return [stroke(shaft, hand, rng), stroke(np.stack([tips[0], off[0], tips[1]]), hand, rng)]
    return [
        stroke(line, hand, rng) for line in (shaft, *(np.stack([o, tip]) for o, tip in zip(off, tips, strict=True)))
    ]


def underline(length: float, hand: Hand, rng: np.random.Generator) -> Outlines:
    """A line to the right of (0, 0), or two, or one that turns back."""
    fall, kind = rng.normal(0.0, 0.02) * length, rng.uniform()
    first = np.array([[0.0, 0.0], [length, fall]])
    below = np.array([[length * rng.uniform(0.8, 1.05), fall + 1.2], [length * rng.uniform(-0.05, 0.3), 1.2]])
    if kind < 0.6:
        return [stroke(first, hand, rng)]
    if kind < 0.8:
        return [stroke(first, hand, rng), stroke(below[::-1] + rng.normal(0.0, 0.3, (2, 2)), hand, rng)]
    return [stroke(np.concatenate([first, below]), hand, rng)]


def tick(size: float, hand: Hand, rng: np.random.Generator) -> Outlines:
    """A tick whose corner is at (0, 0)."""
    arms = np.array([[-0.35, -0.4], [0.0, 0.0], [0.75, -1.0]]) + rng.normal(0.0, 0.08, (3, 2))
    return [stroke(size * arms, hand, rng)]


def calipers(width: float, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Two upright marks `width` apart around (0, 0), mostly joined by a line, as of who measures an interval."""
    ends = [_upright(x, rng.uniform(2.5, 6.0), hand, rng) for x in (-width / 2.0, width / 2.0)]
    if rng.uniform() < 0.3:
        return ends
    level = rng.normal(0.0, 0.6, 2)
    return [*ends, stroke(np.array([[-width / 2.0, level[0]], [width / 2.0, level[1]]]), hand, rng)]


def march(pitch: float, count: int, hand: Hand, rng: np.random.Generator) -> Outlines:
    """Upright marks to the right of (0, 0), `pitch` apart, as of who follows beats or P waves."""
    return [_upright(k * pitch + rng.normal(0.0, 0.3), rng.uniform(2.0, 3.5), hand, rng) for k in range(count)]


def signature(length: float, hand: Hand, rng: np.random.Generator) -> Outlines:
    """A large first letter, loops that flatten, and a last stroke that runs out; from (0, 0) to the right."""
    loops, high = int(rng.integers(4, 11)), length * rng.uniform(0.16, 0.3)
    fade = np.linspace(1.0, 0.35, loops) * rng.uniform(0.15, 0.6, loops)
    tall = np.where(rng.uniform(size=loops) < 0.2, 2.2, 1.0) * fade * high
    pitch = 0.8 * length / loops
    knots = [(-0.1 * length, -0.2 * high), (0.05 * length, -high), (0.02 * length, 0.25 * high)]
    for k, height in enumerate(tall):
        x = 0.12 * length + k * pitch
        knots += [(x + 0.75 * pitch, -height), (x + rng.uniform(0.2, 0.6) * pitch, rng.uniform(-0.1, 0.12) * high)]
    knots.append((length * rng.uniform(1.0, 1.3), rng.uniform(-0.6, 0.2) * high))
    if rng.uniform() < 0.4:
        knots += [(0.5 * length, 0.45 * high), (length * rng.uniform(0.0, 0.2), 0.5 * high)]
    at = np.array(knots) + rng.normal(0.0, 0.03 * high, (len(knots), 2))
    t = np.concatenate([[0.0], np.cumsum(np.sqrt(np.hypot(*np.diff(at, axis=0).T)))])
    path = CubicSpline(t, at)(np.linspace(0.0, t[-1], 40 * len(at)))
    return [stroke(path - (hand.slant * path[:, 1:] * (1.0, 0.0)), hand, rng)]


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
    size = em * (1.0 + 0.06 * unsteady * rng.normal(0.0, 1.0, n))
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
        x += glyph.advance * em * gap[k]
    return outlines


def _upright(x: float, height: float, hand: Hand, rng: np.random.Generator) -> Points:
    ends = np.array([[x, -height / 2.0], [x, height / 2.0]]) + rng.normal(0.0, 0.2 * hand.unsteady, (2, 2))
    return stroke(ends, hand, rng)


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
def _stem(font: str) -> float:
    """Width of the strokes of a font, in em: a stroke's area is half its outline times its width."""
    outline = load_glyph(font, "l").outlines[0]
    edges = np.roll(outline, -1, axis=0) - outline
    area = 0.5 * abs(float((outline[:, 0] * edges[:, 1] - outline[:, 1] * edges[:, 0]).sum()))
    return 2.0 * area / float(np.hypot(*edges.T).sum())
