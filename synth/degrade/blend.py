"""Mixing pictures in 8 bits: towards another by shares, under a tint, one over the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.degrade.cloud import cloud
from synth.geometry import Points

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Plane = NDArray[np.uint8]  # (H, W): shares, 255 is all
Window = tuple[slice, slice]  # rows, columns
Lattice = NDArray[np.float32]  # (h, w[, 3]): values in [0, 1] at nodes that are coarser than pixels

#: Of values that vary smoothly and of stains' edges.
NODES_PER_MM = 2.0


def nodes_over(image: Picture, px_per_mm: float) -> tuple[int, int]:
    """(h, w) of a lattice over a print, `NODES_PER_MM`."""
    h, w = (max(2, round(side / px_per_mm * NODES_PER_MM)) for side in image.shape[:2])
    return h, w


def pixels_of(nodes: Window, shape: tuple[int, int], image: Picture) -> Window:
    """The part of a print that lies under a part of a lattice of `shape` over it."""
    rows, columns = (
        slice(part.start * side // count, -(-part.stop * side // count))
        for part, count, side in zip(nodes, shape, image.shape[:2], strict=True)
    )
    return rows, columns


def clouds(shape: tuple[int, ...], length_mm: float, rng: np.random.Generator) -> Lattice:
    """Smooth noise in [0, 1] on a lattice, of lumps about `length_mm` wide."""
    return cloud(shape, max(2, round(max(shape) / (NODES_PER_MM * length_mm))), rng)


def paper_of(image: Picture) -> tuple[float, float, float]:
    """The paper's own colour, 0 .. 255: lighter than all but a tenth of the print."""
    red, green, blue = np.percentile(image[::8, ::8].reshape(-1, 3), 90.0, axis=0)
    return float(red), float(green), float(blue)


def shrunk(image: Picture, shape: tuple[int, int]) -> Picture:
    """The print at the nodes of a lattice of `shape`, each the mean of what is around it."""
    while image.shape[0] > 2 * shape[0] and image.shape[1] > 2 * shape[1]:
        image = np.asarray(cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.asarray(cv2.resize(image, shape[::-1], interpolation=cv2.INTER_AREA), dtype=np.uint8)


def spread_over(image: Picture, nodes: Lattice) -> NDArray[np.uint8]:
    """Values in [0, 1] of a lattice at every pixel of a print, as 0 .. 255."""
    coarse = np.asarray(np.clip(nodes, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, image.shape[1::-1], interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def towards(image: Picture, other: Picture, share: Plane) -> Picture:
    """Each pixel a share of the way to another picture."""
    part = cv2.merge([share] * 3)
    up = cv2.multiply(cv2.subtract(other, image), part, scale=1.0 / 255.0)
    down = cv2.multiply(cv2.subtract(image, other), part, scale=1.0 / 255.0)
    return np.asarray(cv2.subtract(cv2.add(image, up), down), dtype=np.uint8)


def bleached(image: Picture, paper: tuple[float, float, float], share: Plane) -> Picture:
    """Each pixel a share of the way to the paper's colour, which is lighter: ink that goes."""
    ink = cv2.subtract(np.array([*paper, 0.0]), image)
    return np.asarray(cv2.add(image, cv2.multiply(ink, cv2.merge([share] * 3), scale=1.0 / 255.0)), dtype=np.uint8)


def tinted(image: Picture, factor: NDArray[np.uint8]) -> Picture:
    """Each pixel times a factor, 255 being 1: (H, W) of all channels, or (H, W, 3)."""
    factors = factor if factor.ndim == 3 else cv2.merge([factor] * 3)
    return np.asarray(cv2.multiply(image, factors, scale=1.0 / 255.0), dtype=np.uint8)


def laid_over(below: Picture, above: Picture, cover: Plane) -> Picture:
    """One picture over another where it covers: `below`, changed in place."""
    solid = np.asarray(cv2.threshold(cover, 254, 255, cv2.THRESH_BINARY)[1], dtype=np.uint8)
    rim = cv2.inRange(cover, np.array(1), np.array(254))
    found: NDArray[Any] | None = cv2.findNonZero(rim)  # four times as fast as numpy's
    x, y = np.zeros((2, 0), dtype=np.intp) if found is None else np.asarray(found).reshape(-1, 2).T
    share = cover[y, x, None].astype(np.float32) / np.float32(255.0)
    mixed = below[y, x] + share * (above[y, x] - below[y, x].astype(np.float32))
    cv2.copyTo(above, solid, below)
    below[y, x] = mixed
    return below


def lay_on_desk(page: Picture, desk: Picture, outline_px: Points, holes_px: Sequence[Points] = ()) -> Picture:
    """The page over the desk, which is seen outside the sheet's outline (n, 2) and in its holes; edges are smooth."""
    inside = np.zeros(page.shape[:2], dtype=np.uint8)
    for corners, filled in ((outline_px, 255.0), *((hole, 0.0) for hole in holes_px)):
        shape = np.round(corners * 16.0).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(inside, [shape], filled, cv2.LINE_AA, 4)
    return laid_over(desk.copy(), page, inside)
