"""Strokes of a free hand as outlines in mm, y down: rings, arrows, measuring marks, signatures; no two alike."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from synth.degrade.paper.writing.hand import Hand, Outlines, sway
from synth.geometry import Points
from synth.ranges import draw_sign

_STEP_MM = 0.35  # between the points of a stroke


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


def _upright(x: float, height: float, hand: Hand, rng: np.random.Generator) -> Points:
    ends = np.array([[x, -height / 2.0], [x, height / 2.0]]) + rng.normal(0.0, 0.2 * hand.unsteady, (2, 2))
    return stroke(ends, hand, rng)
