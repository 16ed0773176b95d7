"""What holds or lies on the page in an office: binder clips, paper clips, a clipboard, pens."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from synth.colours import RGB
from synth.degrade.scene.ballpoint import pen
from synth.degrade.scene.clipboard import clipboard
from synth.degrade.scene.laying import Drawing, put
from synth.degrade.scene.solid import PX_PER_MM, STEEL, lit, plate, sun_from, to_bytes, turned, wire
from synth.degrade.scene.thing import Placing, Setting, Thing
from synth.geometry import Points
from synth.ranges import Range, Within, draw_count, pick

Kind = Literal["binder", "paper", "clipboard", "pen"]

_WIRES: tuple[RGB, ...] = (STEEL, STEEL, STEEL, (0.95, 0.30, 0.28), (0.35, 0.55, 0.95), (0.40, 0.80, 0.50))
_BODIES: tuple[RGB, ...] = ((0.07, 0.07, 0.08), (0.07, 0.07, 0.08), (0.62, 0.12, 0.14), (0.12, 0.25, 0.55))


class Clips(Placing, frozen=True, tag="clips"):
    """Office things on the page: clips at its edges, a clipboard that it is held on, a pen that lies on it.

    Attributes:
        chance: Probability that there are any.
        count: How many, in [1, 4].
        kinds: What they are; each draws one.
    """

    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    count: Annotated[Range, Within(1.0, 4.0)] = (1.0, 2.0)
    kinds: tuple[Kind, ...] = ("binder", "paper", "clipboard", "pen")

    def place(self, setting: Setting, rng: np.random.Generator) -> list[Thing]:
        """Clips hold an edge, mostly the top one; a page lies on one clipboard at most."""
        there, count = rng.uniform() < self.chance, draw_count(self.count, rng)
        kinds = [pick(self.kinds, rng) for _ in range(count)]
        things = []
        for kind in sorted(set(kinds), key=("clipboard", "binder", "paper", "pen").index) if there else ():
            lay = {"clipboard": clipboard, "binder": _binder, "paper": _paper_clip, "pen": pen}[kind]
            things += [thing for thing in lay(setting, rng) if thing]
        return things


def _at_edge(setting: Setting, rng: np.random.Generator) -> tuple[Points, Points]:
    """A place on an edge, mostly at the top, and the direction into the page."""
    side, along = pick((0, 0, 0, 0, 1, 3), rng), pick((0.5, 0.12, 0.88, 0.2), rng) + rng.normal(0.0, 0.03)
    w, h = setting.page_mm
    edge = np.array([(along * w, 0.0), (w, along * h), (along * w, h), (0.0, along * h)][side])
    inward = np.array([(0.0, 1.0), (-1.0, 0.0), (0.0, -1.0), (1.0, 0.0)][side])
    return edge, turned(inward, rng.normal(0.0, 0.05))


def _paper_clip(setting: Setting, rng: np.random.Generator) -> list[Thing | None]:
    """The loop in front; the other one is behind the page."""
    edge, inward = _at_edge(setting, rng)
    colour, size, slip = pick(_WIRES, rng), pick((0.85, 1.0, 1.5), rng), rng.uniform(0.0, 3.0)
    far, near = 27.0 * size - slip, -2.0 * size - slip
    path = np.concatenate([
        [[4.0, -4.0 * size], [far, -4.0 * size]],
        _arc((far, 0.0), 4.0 * size, -0.5, 0.5),
        _arc((near, 0.7 * size), 3.3 * size, 0.5, 1.5),
        [[max(0.3, near), -2.6 * size], [0.3, -2.6 * size]],
    ])  # fmt: skip
    frame, sun = setting.frame_at(edge, inward), sun_from(setting, inward)
    return [put(wire(path, 1.0 * min(size, 1.15), colour, sun, PX_PER_MM), frame, setting)]


def _arc(middle: tuple[float, float], radius: float, start: float, end: float) -> Points:
    """Points on a circle between two angles, in half turns."""
    turn = np.pi * np.linspace(start, end, 24)
    return np.array(middle) + radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def _binder(setting: Setting, rng: np.random.Generator) -> list[Thing | None]:
    """A steel body folded over the edge, one handle flat on the page."""
    edge, inward = _at_edge(setting, rng)
    wide, colour = pick((19.0, 25.0, 32.0, 41.0), rng), pick(_BODIES, rng)
    frame, sun = setting.frame_at(edge, inward), sun_from(setting, inward)
    deep, loop = 0.32 * wide + 3.0, 0.62 * wide
    foot, head = 0.30 * wide, 0.16 * wide
    path = np.concatenate([
        [[deep - 1.0, -foot], [deep + 0.25 * loop, -0.95 * foot], [deep + 0.75 * loop, -head]],
        _arc((deep + loop - head, 0.0), head, -0.5, 0.5),
        [[deep + 0.75 * loop, head], [deep + 0.25 * loop, 0.95 * foot], [deep - 1.0, foot]],
    ])  # fmt: skip
    handle = put(wire(path, 0.045 * wide + 0.4, STEEL, sun, PX_PER_MM), frame, setting)
    x, y, cover = plate(-0.16 * wide, deep, wide, 0.8, PX_PER_MM)
    slope = np.interp(x, [-0.16 * wide, -0.12 * wide, deep - 2.2, deep - 2.0, deep], [-1.2, 0.35, 0.35, -0.8, 1.6])
    light, shine = lit(np.zeros_like(x + y), np.asarray(slope + 0.0 * y, dtype=np.float32), sun)
    tone = np.array(colour, dtype=np.float32) * light[..., None] + (0.05 + 0.45 * shine)[..., None] * 0.5
    body = Drawing(to_bytes(tone), cover, PX_PER_MM, (-0.16 * wide, -wide / 2.0), 0.16 * wide, 0.6)
    return [handle, put(body, frame, setting)]
