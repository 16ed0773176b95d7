"""The balled-up sheet: creases of all sizes and the facets between them."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from synth.degrade.cloud import cloud
from synth.degrade.sheet.bend import Segments, SheetStep
from synth.ranges import Range, Within, draw, draw_count
from synth.surface import PITCH_MM, Relief, Sheet

_KEPT = 0.65  # of the places of an even net are creases' crossings: facets differ in size
_STEEPER = 2.2  # no edge of a facet is steeper than so many times the typical slope
_SHARP = 1.1  # creases that bend more than so many times the typical slope may crack ink
_FADE = 0.5  # facets flatten out away from their creases by this much
_FINEST_MM = 5.0  # distance of the crossings of the finest net

Plane = NDArray[np.float32]


class Crumple(SheetStep, frozen=True, tag="crumple"):
    """A sheet that was balled up and smoothed out: bent creases of all sizes, facets that flatten out between them.

    Attributes:
        facets: Number of crossings of the large creases, in [4, 2000]; more are smaller facets.
        angle_deg: Typical slope of the large facets, in [0, 35].
        wrinkles: Slope of the small facets against that of the large ones, in [0, 1.5]; they come in patches.
    """

    facets: Annotated[Range, Within(4.0, 2000.0)] = (30.0, 300.0)
    angle_deg: Annotated[Range, Within(0.0, 35.0, calm=0.0)] = (2.0, 9.0)
    wrinkles: Annotated[Range, Within(0.0, 1.5)] = (0.3, 1.0)

    def shape(self, sheet: Sheet, rng: np.random.Generator) -> tuple[Relief, Segments]:
        """Three nets of facets, each of smaller ones than the one before."""
        count, slope = draw_count(self.facets, rng), np.tan(np.deg2rad(draw(self.angle_deg, rng)))
        wrinkles = draw(self.wrinkles, rng)
        large, creases = _net(sheet, count, slope, rng)
        small, _ = _net(sheet, 5 * count, 0.6 * slope, rng)
        patches, spots = (np.clip(2.2 * cloud(large.shape, 8, rng) - 0.5, low, 1.5) for low in (0.2, 0.0))
        relief = large + np.float32(wrinkles) * (patches * small + 0.7 * spots * _shrunk(small))
        rounded = cv2.GaussianBlur(relief, (3, 3), 0.5)  # paper bends, and nodes would show as steps
        return np.asarray(rounded, dtype=np.float64), creases


def _net(sheet: Sheet, count: int, slope: float, rng: np.random.Generator) -> tuple[Plane, Segments]:
    """Flat triangles between random heights at random points, made wavy; and the sharp creases between them."""
    left, top, w, h = sheet.x[0], sheet.y[0], sheet.x[-1] - sheet.x[0], sheet.y[-1] - sheet.y[0]
    spacing = max(_FINEST_MM, float(np.sqrt(w * h / count)))
    pitch = spacing * np.sqrt(_KEPT)
    places = np.stack(np.meshgrid(np.arange(-2.0, w / pitch + 3.0), np.arange(-2.0, h / pitch + 3.0)), axis=-1)
    points = (places + rng.uniform(-0.42, 0.42, places.shape)).reshape(-1, 2) * pitch + (left, top)
    points = points[rng.uniform(0.0, 1.0, len(points)) < _KEPT]
    net = Delaunay(points)
    rise = slope * spacing
    heights = rng.normal(0.0, 0.8 * rise, len(points)) + _swell(points, 5.0 * spacing, 1.3 * rise, rng)
    heights = _eased(points, heights, net.simplices, _STEEPER * slope)
    plane = np.concatenate([points[net.simplices], np.ones((*net.simplices.shape, 1))], axis=2)
    planes = np.linalg.solve(plane, heights[net.simplices][..., None])[..., 0]
    relief = _facets(sheet, points, net.simplices, planes.astype(np.float32))
    shape, cells = relief.shape, max(3, round(max(w, h) / (1.5 * spacing)))
    shift = [(cloud(shape, cells, rng) - np.float32(0.5)) * np.float32(0.45 * spacing / PITCH_MM) for _ in range(2)]
    wavy = _moved(relief, shift[0], shift[1])
    relief = wavy - np.float32(_FADE) * _soft(wavy, 0.4 * spacing / PITCH_MM)
    return relief, _creases(sheet, points, net, planes, _SHARP * slope, shift)


def _facets(sheet: Sheet, points: NDArray[np.float64], triangles: NDArray[np.int32], planes: Plane) -> Plane:
    """Heights at the lattice on triangles (m, 3) of points that cover it: each node asks the plane of its own."""
    owner = np.zeros((len(sheet.y), len(sheet.x)), dtype=np.int32)
    corners = np.round((points - (sheet.x[0], sheet.y[0])) / PITCH_MM * 16.0).astype(np.int32)
    for k, triangle in enumerate(corners[triangles]):
        cv2.fillConvexPoly(owner, triangle, float(k), cv2.LINE_8, 4)
    slope_x, slope_y, level = (planes[:, part][owner] for part in range(3))
    x, y = sheet.x.astype(np.float32), sheet.y.astype(np.float32)
    return np.asarray(slope_x * x[None, :] + slope_y * y[:, None] + level, dtype=np.float32)


def _eased(
    points: NDArray[np.float64], heights: NDArray[np.float64], triangles: NDArray[np.int32], steepest: float
) -> NDArray[np.float64]:
    """Heights with no edge much steeper than `steepest`: paper would rather fold elsewhere."""
    edges = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1), axis=0)
    most = steepest * np.hypot(*(points[edges[:, 0]] - points[edges[:, 1]]).T)
    for _ in range(6):
        rise = heights[edges[:, 0]] - heights[edges[:, 1]]
        excess = 0.35 * np.sign(rise) * np.maximum(np.abs(rise) - most, 0.0)
        for end, sign in ((0, -1.0), (1, 1.0)):
            heights = heights + sign * np.bincount(edges[:, end], excess, len(points))
    return heights


def _creases(
    sheet: Sheet,
    points: NDArray[np.float64],
    net: Delaunay,
    planes: NDArray[np.float64],
    sharp: float,
    shift: list[Plane],
) -> Segments:
    """Edges between facets that differ in slope by more than `sharp`, in three pieces each, moved as the relief was."""
    own, side = np.nonzero(net.neighbors > np.arange(len(net.neighbors))[:, None])
    other = net.neighbors[own, side]
    bent = np.hypot(*(planes[own, :2] - planes[other, :2]).T) > sharp
    corners = net.simplices[own[bent]], side[bent]
    a, b = (points[corners[0][np.arange(len(corners[1])), (corners[1] + step) % 3]] for step in (1, 2))
    knots = a[:, None] + np.linspace(0.0, 1.0, 4)[:, None] * (b - a)[:, None]  # (n, 4, 2)
    at = (knots - (sheet.x[0], sheet.y[0])) / PITCH_MM
    j, i = (np.clip(at[..., axis], 0, side - 1).astype(int) for axis, side in ((0, len(sheet.x)), (1, len(sheet.y))))
    knots = knots - np.stack([part[i, j] for part in shift], axis=-1) * PITCH_MM
    return np.stack([knots[:, :-1], knots[:, 1:]], axis=2).reshape(-1, 2, 2)


def _swell(
    points: NDArray[np.float64], length_mm: float, height_mm: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Heights of a slow swell at points (n, 2): a balled-up sheet keeps waves longer than its facets."""
    total = np.zeros(len(points))
    for _ in range(4):
        turn, phase, stretch = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.0, 2.0 * np.pi), rng.uniform(0.7, 1.6)
        along = points @ np.array([np.cos(turn), np.sin(turn)])
        total += np.sin(2.0 * np.pi * along / (length_mm * stretch) + phase)
    return total * (height_mm / 2.0)


def _soft(relief: Plane, sigma: float) -> Plane:
    """A wide blur, most of it at few nodes; cubic interpolation would leave ripples, which light shows."""
    times = max(1, int(sigma / 4.0))
    h, w = relief.shape
    coarse = cv2.resize(relief, (-(-w // times), -(-h // times)), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(np.asarray(coarse), (0, 0), sigma / times)
    if times > 1:
        soft = cv2.GaussianBlur(cv2.resize(soft, (w, h), interpolation=cv2.INTER_LINEAR), (0, 0), 0.6 * times)
    return np.asarray(soft, dtype=np.float32)


def _moved(relief: Plane, shift_x: Plane, shift_y: Plane) -> Plane:
    """Heights some nodes to the right and below, bilinear; OpenCV's 32nds of a node would show as stripes of light."""
    h, w = relief.shape
    x = np.clip(shift_x + np.arange(w, dtype=np.float32), 0.0, w - 1.001)
    y = np.clip(shift_y + np.arange(h, dtype=np.float32)[:, None], 0.0, h - 1.001)
    j, i = x.astype(np.int32), y.astype(np.int32)
    u, v, flat, at = x - j, y - i, relief.ravel(), i * np.int32(w) + j
    above, below = (flat[at + row] + u * (flat[at + row + 1] - flat[at + row]) for row in (0, w))
    return np.asarray(above + v * (below - above), dtype=np.float32)


def _shrunk(relief: Plane) -> Plane:
    """The same facets turned, half as large and half as high, mirrored where they end."""
    h, w = relief.shape
    rows, columns = (
        np.abs((2 * np.arange(length) + side - 1) % (2 * (side - 1)) - (side - 1)) for length, side in ((h, w), (w, h))
    )
    return np.asarray(relief.T[rows[:, None], columns[None, :]] / np.float32(2.0), dtype=np.float32)
