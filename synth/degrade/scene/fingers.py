"""Fingers that hold the page at an edge, drawn as the lit surface of a rounded body with nail and skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from synth.colours import RGB
from synth.degrade.cloud import cloud
from synth.degrade.scene.laying import Drawing, put
from synth.degrade.scene.solid import Plane, lit, sun_from, turned
from synth.degrade.scene.thing import Placing, Setting, Thing
from synth.geometry import Points
from synth.labels import inside
from synth.light import Sun
from synth.ranges import Range, Within, draw, draw_count

#: Skin from the palest to the darkest, under white light (after the ten tones of E. Monk, 2019, as phones show them).
_SKINS: tuple[RGB, ...] = (
    (0.91, 0.78, 0.71),
    (0.87, 0.72, 0.63),
    (0.82, 0.65, 0.54),
    (0.75, 0.57, 0.46),
    (0.65, 0.48, 0.37),
    (0.54, 0.38, 0.29),
    (0.42, 0.29, 0.22),
    (0.31, 0.21, 0.17),
    (0.23, 0.16, 0.13),
)
_PX_PER_MM = 5.0  # coarser than most pictures: skin is soft
_FARTHEST_MM = 75.0  # between the page and the picture's border, or the hand itself would be seen
_SPARE_MM = 12.0  # drawn beyond the border, for fingers that lean

Profile = tuple[tuple[float, ...], tuple[float, ...]]  # distance from the tip, half the width there, both in mm


@dataclass(frozen=True)
class _Form:
    """Shape of a finger: its outline, nail (middle, half length, half width by the finger's own) and joints."""

    outline: Profile
    nail: tuple[float, float, float]
    joints: tuple[float, ...]


_THUMB = _Form(
    ((0.0, 1.0, 4.0, 9.0, 15.0, 23.0, 32.0, 42.0, 52.0, 64.0, 80.0, 180.0),
     (0.0, 4.2, 7.6, 9.7, 10.4, 9.9, 10.6, 9.8, 10.6, 14.0, 21.0, 34.0)),
    (8.2, 7.0, 0.70),
    (32.0,),
)  # fmt: skip
_FINGER = _Form(
    ((0.0, 1.0, 3.0, 7.0, 12.0, 18.0, 25.0, 35.0, 48.0, 60.0, 75.0, 95.0, 180.0),
     (0.0, 3.7, 5.8, 7.4, 7.9, 7.8, 8.2, 7.8, 8.9, 8.4, 9.4, 11.0, 20.0)),
    (6.8, 5.6, 0.66),
    (25.0, 49.0),
)  # fmt: skip


class Fingers(Placing, frozen=True, tag="fingers"):
    """A thumb, or up to three fingertips, that hold the page at an edge; the hand is outside the picture.

    Attributes:
        chance: Probability that somebody holds the page.
        count: Fingers beside each other, 1 is a thumb; in [1, 3].
        reach_mm: How far they reach over the page, in [2, 60].
        skin: Tone, from 0, the palest, to 1.
    """

    chance: Annotated[float, Within(0.0, 1.0, calm=0.0)] = 1.0
    count: Annotated[Range, Within(1.0, 3.0)] = (1.0, 3.0)
    reach_mm: Annotated[Range, Within(2.0, 60.0)] = (8.0, 28.0)
    skin: Annotated[Range, Within(0.0, 1.0)] = (0.0, 1.0)

    def place(self, setting: Setting, rng: np.random.Generator) -> list[Thing]:
        """Lay them over a side of the page that lies near the picture's border."""
        there, count, base = rng.uniform() < self.chance, draw_count(self.count, rng), _tone(draw(self.skin, rng), rng)
        sides, along, lean = rng.permutation(4), rng.uniform(0.12, 0.88), rng.normal(0.0, 0.3)
        reach, size, bow = draw(self.reach_mm, rng), rng.uniform(0.88, 1.12), rng.normal(0.0, 0.0012)
        if not there:
            return []
        side = next((int(side) for side in sides if _hold(setting, int(side), along, reach) is not None), None)
        things = []
        for k in range(count if side is not None else 0):
            beside = k - (count - 1) / 2.0
            place = along + beside * 17.5 * size / setting.page_mm[int(side or 0) % 2]
            hold = _hold(setting, int(side or 0), place, reach + (rng.normal(0.0, 4.0) if k else 0.0))
            if hold is not None:
                tip, outward, length = hold
                axis = turned(outward, lean + 0.04 * beside)
                form = _THUMB if count == 1 else _FINGER
                things.append(
                    put(
                        _drawn(form, size, bow, length, base, sun_from(setting, axis), rng),
                        setting.frame_at(tip, axis),
                        setting,
                    )
                )
        return [thing for thing in things if thing]


def _tone(skin: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """A colour of skin, a little redder or yellower than others of its tone."""
    places = np.linspace(0.0, 1.0, len(_SKINS))
    tone = [np.interp(skin, places, [colour[channel] for colour in _SKINS]) for channel in range(3)]
    hue = rng.normal(0.0, 0.02)
    return np.asarray(np.array(tone) * (1.0 + hue, 1.0 - 0.3 * hue, 1.0 - hue), dtype=np.float32)


def _hold(setting: Setting, side: int, along: float, reach: float) -> tuple[Points, Points, float] | None:
    """Tip, outward direction and length of a finger over a side, 0 is the top; None where no border is near."""
    w, h = setting.page_mm
    edge = np.array([(along * w, 0.0), (w, along * h), (along * w, h), (0.0, along * h)][side])
    outward = np.array([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)][side])
    steps = np.arange(-60.0, _FARTHEST_MM + 2.0, 2.0)
    seen = inside(setting.to_px.forward(edge + steps[:, None] * outward), setting.size)
    if seen[-1] or not seen.any() or not 0.02 < along < 0.98:
        return None
    border = float(steps[np.flatnonzero(seen)[-1]])
    at = min(0.0, border) - max(2.0, reach)
    return edge + at * outward, outward, border - at + _SPARE_MM


def _drawn(
    form: _Form, size: float, bow: float, length: float, base: NDArray[np.float32], sun: Sun, rng: np.random.Generator
) -> Drawing:
    """A finger along x from its tip at 0."""
    x = np.arange(-1.5, length, 1.0 / _PX_PER_MM, dtype=np.float32)
    half = size * np.sqrt(np.maximum(PchipInterpolator(form.outline[0], np.square(form.outline[1]))(x / size), 0.0))
    half = np.where(x > 0.0, half, 0.0).astype(np.float32)
    wide = float(half.max()) + abs(bow) * length**2 + 1.5
    y = np.arange(-wide, wide, 1.0 / _PX_PER_MM, dtype=np.float32)[:, None] - np.float32(bow) * np.square(x)
    across = y / np.maximum(half, 0.3)
    cover = np.clip((half - np.abs(y)) * np.float32(_PX_PER_MM) + 0.5, 0.0, 1.0) * (half > 0.3)
    light, shine = lit(across, np.gradient(half, 1.0 / _PX_PER_MM), sun)
    colour = _skin(x / size, across, base, form, rng)
    nail, rim = _nail(x / size, across, form)
    pale = np.float32(0.74) * base + np.array([0.21, 0.15, 0.15], dtype=np.float32)
    tip = np.clip((form.nail[0] - 0.78 * form.nail[1] - x / size) * 1.5, 0.0, 1.0)[..., None]
    plate = pale + tip * (np.array([0.93, 0.90, 0.84], dtype=np.float32) - pale) * np.float32(0.6)
    colour += nail[..., None] * (plate - colour)
    colour *= (1.0 - 0.22 * rim)[..., None]
    colour *= light[..., None] ** np.array([0.8, 1.0, 1.12], dtype=np.float32)
    colour += (shine * (0.05 + 0.10 * nail))[..., None]
    return Drawing(
        np.asarray(np.clip(255.0 * colour, 0.0, 255.0), dtype=np.uint8),
        np.asarray(255.0 * cover, dtype=np.uint8),
        _PX_PER_MM,
        (-1.5, -wide),
        4.0 * size,
        0.55,
    )


def _skin(x: Plane, across: Plane, base: NDArray[np.float32], form: _Form, rng: np.random.Generator) -> Plane:
    """Blotches, redder tips and joints, and the furrows over the joints."""
    shape = across.shape
    bent = across * across * 1.2
    blotches, grain = cloud(shape, 12, rng) - 0.5, cloud(shape, max(shape) // 3, rng) - 0.5
    lines = np.sin(x * 5.0 + 6.0 * blotches + 1.5 * bent) * grain
    tone = 1.0 + 0.12 * blotches + 0.10 * grain + 0.08 * lines
    red = 0.10 * np.exp(-np.square(x / 14.0))
    for joint in form.joints:
        near = np.exp(-np.square((x - joint) / 4.0))
        red = red + 0.05 * near
        phase = (x - joint) * 1.9 - np.sign(x - joint) * bent + 1.2 * blotches
        furrows = np.clip(np.sin(phase * 2.0) - 0.4, 0.0, 1.0) * near * (0.7 + grain)
        tone = tone * (1.0 - 0.16 * furrows * np.clip(1.1 - np.square(across), 0.0, 1.0))
    tint = 1.0 - red[..., None] * np.array([0.0, 1.0, 0.9], dtype=np.float32)
    return np.asarray(base * tone[..., None] * tint, dtype=np.float32)


def _nail(x: Plane, across: Plane, form: _Form) -> tuple[Plane, Plane]:
    """Where the nail is, and the fold of skin around it."""
    middle, long, wide = form.nail
    away = (np.abs((x - middle) / long) ** 2.6 + np.abs(across / wide) ** 2.6) ** (1.0 / 2.6)
    inside_ = np.clip((1.0 - away) * long * _PX_PER_MM * 0.6 + 0.5, 0.0, 1.0)
    rim = np.exp(-np.square((away - 1.02) / 0.06)) * np.clip((x - middle + 0.6 * long) / 3.0, 0.0, 1.0)
    return np.asarray(inside_, dtype=np.float32), np.asarray(rim, dtype=np.float32)
