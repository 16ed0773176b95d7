"""Mould on paper: colonies of mats and dots with pale halos, and rusty spots that come with age and damp."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from synth.degrade.blend import NODES_PER_MM, Lattice, Picture, Window, clouds, nodes_over, pixels_of, tinted
from synth.degrade.cloud import cloud
from synth.degrade.paper.tint import apply_tint, coloured, disc
from synth.degrade.step import Imprint
from synth.ranges import Range, Within, draw, draw_count, pick

_COLOURS = ((0.28, 0.30, 0.24), (0.16, 0.16, 0.17), (0.50, 0.42, 0.26), (0.42, 0.48, 0.40), (0.55, 0.36, 0.34))
_HALOS = ((0.80, 0.74, 0.55), (0.72, 0.76, 0.66), (0.84, 0.70, 0.72), (0.70, 0.66, 0.56))
_THICK = (0.4, 0.4, 0.42)  # what thick mats leave of the light that thin ones do
_RUST = (0.66, 0.44, 0.26)
_MOST_DOTS = 400  # of one colony
_FINE = 2  # nodes of what is cut per node of other lattices
_TILE_MM = 48.0  # fine noise repeats after so much
_BARE = -1.0  # of what is cut: far from anything that grows


class Mould(Imprint, frozen=True, tag="mould"):
    """Mould: colonies of mats and dots with pale halos, of one colour in each patch of the page, and foxing.

    Attributes:
        colonies: How many, in [0, 200].
        size_mm: Radius of a colony, in [0.5, 60].
        strength: Share of the light that it takes, in [0, 1].
        specks: Share of a colony's middle that mats cover, in [0.02, 1].
        foxing: Rusty spots per square decimetre, in [0, 100].
    """

    colonies: Annotated[Range, Within(0.0, 200.0, calm=0.0)] = (5.0, 40.0)
    size_mm: Annotated[Range, Within(0.5, 60.0)] = (2.0, 18.0)
    strength: Annotated[Range, Within(0.0, 1.0)] = (0.4, 0.9)
    specks: Annotated[Range, Within(0.02, 1.0)] = (0.15, 0.7)
    foxing: Annotated[Range, Within(0.0, 100.0, calm=0.0)] = (0.0, 12.0)

    def mark(self, image: Picture, px_per_mm: float, rng: np.random.Generator) -> Picture:
        """Sum noise and what falls from the middle of each colony to its rim, and cut it in the print's own pixels."""
        shape = nodes_over(image, px_per_mm)
        count, strength, foxing = draw_count(self.colonies, rng), draw(self.strength, rng), draw(self.foxing, rng)
        patches = [_Patch(shape, rng) for _ in range(max(1, count // 8) if count else 0)]
        noise = 0.55 * clouds(shape, 1.0, rng) + 0.45 * clouds(shape, 3.5, rng)
        fine = cloud((round(_TILE_MM * NODES_PER_MM * _FINE),) * 2, round(_TILE_MM / 0.35), rng) - np.float32(0.5)
        soft = coloured(_foxed(shape, foxing, rng), _RUST)
        for _ in range(count):
            patch = pick(patches, rng)
            radius, dense, halo = draw(self.size_mm, rng), draw(self.specks, rng), pick(_HALOS, rng)
            window, away = disc(shape, radius, rng, wobble=0.2, at=patch.home + rng.normal(0.0, 0.08, 2))
            if away.size:
                inner = np.clip(-away / np.float32(radius), 0.0, 1.0)
                mat = np.where(inner > 0.0, dense * 1.1 * inner**0.6 - 0.82 + noise[window], _BARE)
                patch.mats[window] = np.maximum(patch.mats[window], mat)
                patch.sow(window, away, radius, dense, rng)
                soft[window] *= coloured(0.7 * strength * inner**0.7 * np.minimum(0.4 + 0.8 * noise[window], 1.0), halo)
        image = apply_tint(image, soft)
        for patch in patches:
            patch.grow_on(image, fine, strength)
        return image


class _Patch:
    """Colonies about one place of the page, of one colour.

    Attributes:
        home: That place, in shares of the page, (2,).
        mats: At nodes of a lattice over the page: mould where it is above 0.
        dots: At `_FINE` times as many nodes: how dark what was sown there is, 255 being 1.
    """

    def __init__(self, shape: tuple[int, int], rng: np.random.Generator) -> None:
        self.home = rng.uniform(0.0, 1.0, 2)
        self.colour, self.crisp = pick(_COLOURS, rng), rng.uniform(2.5, 8.0)
        self.mats: Lattice = np.full(shape, _BARE, dtype=np.float32)
        self.dots = np.zeros((_FINE * shape[0], _FINE * shape[1]), dtype=np.uint8)

    def sow(self, window: Window, away: Lattice, radius: float, dense: float, rng: np.random.Generator) -> None:
        """Dots about the darkest place of a colony, fewer towards its rim and beyond, from 0.1 to 1.6 mm wide."""
        count = min(_MOST_DOTS, rng.poisson(1.5 * dense * radius**1.5))
        row, column = np.unravel_index(int(away.argmin()), away.shape)
        middle = np.array([window[1].start + column, window[0].start + row])
        at = _FINE * (middle + rng.normal(0.0, 0.5 * radius * NODES_PER_MM, (count, 2)))
        size = np.minimum(np.exp(rng.normal(-1.6, 0.7, count)), 0.8) * NODES_PER_MM * _FINE
        dark = rng.uniform(110.0, 255.0, count)
        for (x, y), reach, depth in zip(np.round(16.0 * at).astype(int).tolist(), size, dark, strict=True):
            cv2.circle(self.dots, (x, y), round(16.0 * reach), float(depth), -1, cv2.LINE_AA, 4)

    def grow_on(self, image: Picture, fine: Lattice, strength: float) -> None:
        """Darken what lies under mats and dots, in place: both are roughened by fine noise, and cut by the pixel."""
        shape = self.mats.shape
        small = cv2.resize(self.dots, shape[::-1], interpolation=cv2.INTER_AREA)
        rows, columns = (np.flatnonzero(((self.mats > _BARE) | (small > 0)).any(axis=axis)) for axis in (1, 0))
        if not rows.size:
            return
        nodes = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        top, bottom, left, right = (_FINE * end for part in nodes for end in (part.start, part.stop))
        mats = cv2.resize(self.mats[nodes], (right - left, bottom - top), interpolation=cv2.INTER_CUBIC)
        dots = cv2.GaussianBlur(self.dots[top:bottom, left:right], (0, 0), 0.8).astype(np.float32) / np.float32(255.0)
        rough = np.take(np.take(fine, np.arange(top, bottom), 0, mode="wrap"), np.arange(left, right), 1, mode="wrap")
        grown = np.maximum(mats, np.float32(0.9) * dots - np.float32(0.3)) + np.float32(0.5) * rough
        uncut = np.asarray(np.clip(128.0 + 127.0 * grown, 0.0, 255.0), dtype=np.uint8)
        part = image[pixels_of(nodes, (shape[0], shape[1]), image)]
        uncut = np.asarray(cv2.resize(uncut, part.shape[1::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)
        grown = np.maximum(np.arange(256.0) - 128.0, 0.0) / 127.0 * self.crisp
        light = coloured(strength * np.minimum(grown, 1.0), self.colour)
        light *= coloured(strength * np.clip(0.25 * (grown - 1.0), 0.0, 1.0), _THICK)
        table = np.asarray(np.round(255.0 * light), dtype=np.uint8)[None]
        part[:] = tinted(part, np.asarray(cv2.LUT(cv2.merge([uncut] * 3), table), dtype=np.uint8))


def _foxed(shape: tuple[int, int], per_dm2: float, rng: np.random.Generator) -> Lattice:
    """Soft round spots, a few of them large."""
    count = rng.poisson(per_dm2 * shape[0] * shape[1] / (100.0 * NODES_PER_MM) ** 2)
    total = np.zeros(shape, dtype=np.float32)
    for _ in range(count):
        radius, depth = float(np.exp(rng.normal(-0.1, 0.6))), rng.uniform(0.1, 0.7)
        window, away = disc(shape, min(radius, 6.0), rng, wobble=0.15)
        total[window] = np.maximum(total[window], depth * np.clip(0.6 - away / (0.9 * radius), 0.0, 1.0))
    return total
