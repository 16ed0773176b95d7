"""What tables are made of, drawn as brightness at full resolution and coloured by a table of tones."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.degrade.cloud import cloud
from synth.degrade.step import Picture
from synth.ranges import pick

Colour = RGB | NDArray[np.float64]

# Of wood: where its fibres are dark, and where they are light
_WOODS: tuple[tuple[RGB, RGB], ...] = (
    ((0.40, 0.28, 0.19), (0.66, 0.50, 0.36)),
    ((0.50, 0.36, 0.24), (0.76, 0.60, 0.44)),
    ((0.22, 0.15, 0.11), (0.42, 0.30, 0.22)),
    ((0.58, 0.45, 0.31), (0.82, 0.69, 0.53)),
    ((0.33, 0.26, 0.20), (0.52, 0.44, 0.37)),
    ((0.07, 0.07, 0.08), (0.25, 0.25, 0.26)),
)
_CLOTHS: tuple[RGB, ...] = (
    (0.25, 0.32, 0.45),
    (0.85, 0.85, 0.83),
    (0.30, 0.42, 0.38),
    (0.55, 0.18, 0.20),
    (0.18, 0.18, 0.20),
    (0.55, 0.66, 0.72),
)
_LAMINATES: tuple[RGB, ...] = (
    (0.86, 0.85, 0.82),
    (0.72, 0.73, 0.73),
    (0.80, 0.74, 0.64),
    (0.55, 0.57, 0.58),
    (0.16, 0.16, 0.17),
    (0.62, 0.68, 0.66),
)
_FIBRE_PX = 18  # pixels of the picture, along the grain, per pixel that is drawn
_TILE_PX = 480  # of weave and speckle, repeated
_SOFT_PX = 16  # pixels of the picture per node of wrinkles

Plane = NDArray[np.uint8]  # (h, w): tone, 0 .. 255
Map = NDArray[np.float64]  # (2, 3): pixels of the picture -> pixels of a drawing


@dataclass(frozen=True, eq=False)
class Tabletop:
    """The material of a table, any part of which can be seen.

    Attributes:
        tone: Its brightness, drawn coarsely along its fibres, or a tile.
        back: Pixels of the picture -> pixels of `tone`.
        colours: (256, 3): its colour at each tone.
        light: What soft wrinkles do, 127 being 1, at every `_SOFT_PX`-th pixel of the picture; None without any.
    """

    tone: Plane
    back: Map
    colours: NDArray[np.uint8]
    light: Plane | None = None

    def seen(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """The table in a window of the picture."""
        size = (right - left, bottom - top)
        tone = _mapped(self.tone, self.back, (left, top), size)
        if self.light is not None:
            coarse = np.array([[1.0 / _SOFT_PX, 0.0, 0.0], [0.0, 1.0 / _SOFT_PX, 0.0]])
            tone = np.asarray(cv2.multiply(tone, _mapped(self.light, coarse, (left, top), size), scale=1.0 / 127.0))
        tables = [np.ascontiguousarray(table) for table in self.colours.T]
        return np.asarray(cv2.merge([cv2.LUT(tone, table) for table in tables]), dtype=np.uint8)


def wood(size: tuple[int, int], bright: float, rng: np.random.Generator) -> Tabletop:
    """Veneer or boards: fibres much longer than wide, slow bands, pores; the grain runs anyhow."""
    (dark, light), turn = pick(_WOODS, rng), _grain(rng)
    boards = int(rng.integers(3, 8)) if rng.uniform() < 0.3 else 1
    contrast, pores, bow = rng.uniform(0.6, 1.2), rng.uniform(0.01, 0.05), 0.3 * rng.uniform() ** 2
    h, w = _needed(size)
    y = np.arange(h, dtype=np.float32)[:, None]
    bands = cloud((h, 1), max(4, h // 60), rng) + 0.6 * cloud((h, 1), max(4, h // 14), rng)
    at = np.clip(y + bow * h * cloud((h, w), 3, rng), 0.0, h - 1.0).astype(np.intp)
    tone = 0.5 + contrast * (0.42 * (bands[at, 0] - 0.8) + 0.3 * (_drawn_out((h, 8), w, rng) - 0.5))
    tone += contrast * (0.30 * (_drawn_out((h, max(2, w // 5)), w, rng) - 0.5))
    tone += contrast * (0.20 * (rng.random((h, w), dtype=np.float32) - 0.5))
    tone -= 0.35 * contrast * (rng.random((h, w), dtype=np.float32) < pores)
    if boards > 1:
        which = np.minimum((y[:, 0] / h * boards).astype(int), boards - 1)
        tone += rng.normal(0.0, 0.09, boards).astype(np.float32)[which][:, None]
        tone[np.flatnonzero(np.diff(which)) + 1] -= 0.45
    return Tabletop(_tones(tone), _turned((h, w), size, turn), _colours(dark, light, bright))


def metal(size: tuple[int, int], bright: float, rng: np.random.Generator) -> Tabletop:
    """Brushed steel: streaks of any length, and a broad reflection across them."""
    level, turn, place, wide = rng.uniform(0.3, 0.6), _grain(rng), rng.uniform(0.05, 0.95), rng.uniform(0.1, 0.35)
    h, w = _needed(size)
    glow = np.exp(-np.square((np.arange(h, dtype=np.float32) / h - place) / wide))
    tone = level + (0.3 * glow + 0.10 * (cloud((h, 1), 40, rng)[:, 0] - 0.5))[:, None]
    tone = tone + 0.16 * (_drawn_out((h, max(2, w // 6)), w, rng) - 0.5)
    tone += 0.08 * (rng.random((h, w), dtype=np.float32) - 0.5)
    return Tabletop(_tones(tone), _turned((h, w), size, turn), _colours((0.04, 0.04, 0.045), (0.96, 0.98, 1.0), bright))


def cloth(size: tuple[int, int], bright: float, rng: np.random.Generator) -> Tabletop:
    """A plain weave of uneven threads with soft wrinkles."""
    base, threads = np.array(pick(_CLOTHS, rng)), 2 * int(rng.integers(28, 64))
    turn, depth = rng.uniform(0.0, 90.0), rng.uniform(0.1, 0.4)
    at = np.arange(_TILE_PX, dtype=np.float32) * np.float32(threads / _TILE_PX)
    over = (np.floor(at)[None, :] + np.floor(at)[:, None]) % 2 == 0
    bulge = np.sin(np.pi * (at % 1.0))
    uneven = rng.normal(0.0, 0.03, (2, threads)).astype(np.float32)[:, np.floor(at).astype(int)]
    tone = 0.42 + 0.30 * np.where(over, bulge[None, :], bulge[:, None])
    tone += np.where(over, uneven[0][None, :], uneven[1][:, None])
    tone += 0.12 * (rng.random((_TILE_PX, _TILE_PX), dtype=np.float32) - 0.5)
    colours = _colours(0.35 * base, np.minimum(1.2 * base, 1.0), bright)
    return Tabletop(*_repeated(_tones(tone), size, turn), colours, _wrinkles(size, depth, rng))


def laminate(size: tuple[int, int], bright: float, rng: np.random.Generator) -> Tabletop:
    """A coated board, of one colour or speckled."""
    base, strength, turn = np.array(pick(_LAMINATES, rng)), rng.uniform() ** 2, rng.uniform(0.0, 90.0)
    grain = rng.normal(0.0, 0.02 + 0.08 * strength, (_TILE_PX, _TILE_PX)).astype(np.float32)
    specks = (rng.random((_TILE_PX, _TILE_PX), dtype=np.float32) < 0.03 * strength).astype(np.float32)
    signs = rng.choice(np.array([-1.0, 1.0], dtype=np.float32), (_TILE_PX, _TILE_PX))
    tone = 0.5 + cv2.GaussianBlur(grain + 0.8 * signs * specks, (0, 0), rng.uniform(0.6, 1.2))
    colours = _colours(0.75 * base, np.minimum(1.25 * base, 1.0), bright)
    return Tabletop(*_repeated(_tones(np.asarray(tone)), size, turn), colours, _wrinkles(size, 0.04, rng))


def _grain(rng: np.random.Generator) -> float:
    """Direction of a grain, in degrees: mostly about along a side of the picture."""
    return float(90.0 * rng.integers(2) + (rng.normal(0.0, 4.0) if rng.uniform() < 0.7 else rng.uniform(-45.0, 45.0)))


def _needed(size: tuple[int, int]) -> tuple[int, int]:
    """(h, w) of a drawing of fibres along x that covers a picture however it is turned."""
    across = int(np.ceil(np.hypot(*size))) + 4
    return across, across // _FIBRE_PX + 4


def _drawn_out(shape: tuple[int, int], width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise in [0, 1] of a shape, made longer along x."""
    small = rng.random(shape, dtype=np.float32)
    return np.asarray(cv2.resize(small, (width, shape[0]), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _turned(shape: tuple[int, int], size: tuple[int, int], turn_deg: float) -> Map:
    """Pixels of the picture -> of a drawing of fibres along x, turned about the middle."""
    turn, middle = np.deg2rad(turn_deg), np.array(size) / 2.0
    along = np.array([np.cos(turn), np.sin(turn)]) / _FIBRE_PX
    across = np.array([-np.sin(turn), np.cos(turn)])
    return np.array([[*along, shape[1] / 2.0 - along @ middle], [*across, shape[0] / 2.0 - across @ middle]])


def _repeated(tile: Plane, size: tuple[int, int], turn_deg: float) -> tuple[Plane, Map]:
    """A tile beside itself until it covers the picture, however it is turned; and the way to it."""
    times = int(np.ceil(np.hypot(*size) / _TILE_PX)) + 1
    turn, middle = np.deg2rad(turn_deg), np.array(size) / 2.0
    rows = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    shift = times * _TILE_PX / 2.0 - rows @ middle
    return np.asarray(cv2.repeat(tile, times, times), dtype=np.uint8), np.concatenate([rows, shift[:, None]], axis=1)


def _wrinkles(size: tuple[int, int], depth: float, rng: np.random.Generator) -> Plane:
    """Light on soft wrinkles."""
    w, h = (max(4, side // _SOFT_PX + 2) for side in size)
    height = cloud((h, w), 4, rng) + 0.35 * cloud((h, w), 11, rng)
    slope = np.gradient(height, axis=int(rng.integers(2))) * max(h, w)
    return _tones((1.0 + depth * np.clip(0.25 * slope, -1.0, 1.0)) * np.float32(127.0 / 255.0))


def _mapped(drawing: Plane, back: Map, at: tuple[int, int], size: tuple[int, int]) -> Plane:
    """A window of the picture, beginning at a pixel, of a drawing."""
    moved = np.concatenate([back[:, :2], back[:, 2:] + back[:, :2] @ np.array(at)[:, None]], axis=1)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(drawing, moved, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _tones(light: NDArray[np.floating]) -> Plane:
    return np.asarray(np.clip(255.0 * light, 0.0, 255.0), dtype=np.uint8)


def _colours(dark: Colour, light: Colour, bright: float) -> NDArray[np.uint8]:
    share = np.linspace(0.0, 1.0, 256)[:, None]
    mixed = np.array(dark) * (1.0 - share) + np.array(light) * share
    return np.round(255.0 * bright * mixed).astype(np.uint8)
