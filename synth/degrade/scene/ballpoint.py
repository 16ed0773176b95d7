"""A ballpoint pen."""

from __future__ import annotations

import numpy as np

from synth.colours import RGB
from synth.degrade.scene.laying import Drawing, put
from synth.degrade.scene.solid import PX_PER_MM, STEEL, lit, sun_from, to_bytes, turned
from synth.degrade.scene.thing import Setting, Thing
from synth.ranges import draw_sign, pick

_COLOURS: tuple[RGB, ...] = (
    (0.06, 0.06, 0.07),
    (0.10, 0.16, 0.42),
    (0.88, 0.88, 0.86),
    (0.62, 0.10, 0.10),
    (0.70, 0.72, 0.74),
    (0.15, 0.35, 0.30),
)

# Half the width of a pen by the distance from its tip, in mm
_HALF_MM = ((0.0, 0.3, 2.5, 3.0, 12.0, 14.0, 40.0, 60.0, 125.0, 127.0, 128.0, 137.0, 138.0),
           (0.35, 0.5, 0.8, 1.6, 3.6, 4.4, 4.9, 5.1, 4.8, 4.4, 2.6, 2.5, 1.9))  # fmt: skip


def pen(setting: Setting, rng: np.random.Generator) -> list[Thing | None]:
    """A ballpoint pen anywhere, at any angle."""
    colour, grip = np.array(pick(_COLOURS, rng)), np.array(pick(_COLOURS, rng))
    axis = turned(np.array([1.0, 0.0]), rng.uniform(0.0, 2.0 * np.pi))
    at = rng.uniform(-0.05, 1.05, 2) * setting.page_mm - 70.0 * axis
    side, steel, rubber = draw_sign(rng), np.array(STEEL) * 0.72, rng.uniform() < 0.6
    frame, sun = setting.frame_at(at, axis), sun_from(setting, axis)
    x = np.arange(-1.0, 139.0, 1.0 / PX_PER_MM, dtype=np.float32)
    half = np.interp(x, *_HALF_MM) * ((x > 0.0) & (x < 138.0))
    y = np.arange(-7.0, 7.0, 1.0 / PX_PER_MM, dtype=np.float32)[:, None]
    across = y / np.maximum(half, 0.3)
    cover = np.clip((half - np.abs(y)) * PX_PER_MM + 0.5, 0.0, 1.0)
    light, shine = lit(np.asarray(across, np.float32), np.asarray(np.gradient(half, 1.0 / PX_PER_MM), np.float32), sun)
    parts = np.where((x < 13.0)[:, None] | (x > 127.5)[:, None], steel, colour)
    parts = np.where(((x > 14.0) & (x < 42.0))[:, None] & rubber, 0.7 * grip, parts)
    tone = parts[None].astype(np.float32) * light[..., None] ** 1.2 + (0.5 * shine**1.5)[..., None]
    strip = (np.abs(y - side * 2.2) < 1.3) & (x > 88.0) & (x < 127.0)
    shadowed = (np.abs(y - side * 2.2) < 2.0) & (x > 87.0) & (x < 127.0)
    tone = np.where(
        strip[..., None], steel * (0.75 + 0.4 * light[..., None]), tone * (1.0 - 0.35 * shadowed[..., None])
    )
    drawn = Drawing(to_bytes(tone), to_bytes(cover), PX_PER_MM, (-1.0, -7.0), 4.0, 0.55)
    return [put(drawn, frame, setting)]
