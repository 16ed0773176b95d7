"""Field: a map of paper that is not flat, as places on the paper at a lattice of the picture's pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.cells import Bounds, bounds, search_cells
from synth.geometry import Map, Points, local_scale

N = TypeVar("N", np.float32, np.uint8)

STRIDE_PX = 8
_LEAST_TURN = 0.02  # of the area of a cell, against the others
_STEPS = 12  # of Newton's method; 3 to 5 do, but beside creases
_CRISP, _LEVELS = 0.5, 2  # octaves by which a print may be finer than the picture, and how often it is halved
_BAND_PX = 64  # rows, a multiple of every stride
#: OpenCV's second map where both coordinates are in the first.
NO_MAP = np.empty(0, dtype=np.int16)
_CELL_MM, _FAR_MM = 2.0, 1000.0  # of the table that it starts from, and how far from the paper's corner it reaches


@dataclass(frozen=True, eq=False)
class Field:
    """Paper mm -> picture px, given by its inverse: bilinear between the nodes of a lattice of pixels.

    The picture is drawn through this very inverse, so labels, which go `forward` through it, lie on the ink whatever
    the lattice leaves out of the surface that it was taken from.

    Attributes:
        back_mm: (rows, columns, 2) float32, place on the paper of node (i, j), which lies at pixel
            STRIDE_PX * (j - 1) + (STRIDE_PX - 1) / 2, and likewise down: in the middle of its block of pixels. The
            first and the last row and column lie outside the picture.
    """

    back_mm: NDArray[np.float32]

    def inverse(self, points: Points) -> Points:
        """Move points (n, 2) from the picture to the paper; beyond the lattice its outermost cells go on."""
        return self._look_up(_to_nodes(points))[0]

    def forward(self, points: Points) -> Points:
        """Move points (n, 2) from the paper to the picture: Newton's method from a node nearby, until it is there.

        Where that leads nowhere, as beside steep creases, the cell that holds the place is looked for.
        """
        wanted = np.asarray(points, dtype=np.float64)
        at, lost = self._newton(wanted, self._near(wanted))
        for k in lost:
            at[k] = search_cells(self.back_mm, self._bounds, wanted[k])
        return _to_pixels(self._newton(wanted, at)[0] if lost.size else at)

    def _newton(self, wanted: Points, at: Points) -> tuple[Points, NDArray[np.intp]]:
        """Lattice coordinates of places, from a first guess that is changed, and which of them were not found."""
        left = np.arange(len(at))
        for _ in range(_STEPS):
            found, slope_x, slope_y = self._look_up(at[left])
            miss = wanted[left] - found
            far = np.abs(miss).max(axis=1, initial=0.0) >= 1e-10
            left, miss, slope_x, slope_y = left[far], miss[far], slope_x[far], slope_y[far]
            if not left.size:
                break
            det = slope_x[:, 0] * slope_y[:, 1] - slope_x[:, 1] * slope_y[:, 0]
            det = np.where(np.abs(det) < 1e-9, 1e-9, det)
            at[left, 0] += np.clip((miss[:, 0] * slope_y[:, 1] - miss[:, 1] * slope_y[:, 0]) / det, -4.0, 4.0)
            at[left, 1] += np.clip((miss[:, 1] * slope_x[:, 0] - miss[:, 0] * slope_x[:, 1]) / det, -4.0, 4.0)
        return at, left

    def scale(self, xy_px: Points) -> NDArray[np.float64]:
        """Pixels per mm at points (n, 2) of the picture: the root of the areas around the nodes, bilinear between."""
        at = np.clip(_to_nodes(xy_px), 0.0, np.array(self.back_mm.shape[1::-1]) - 1.0)
        return _bilinear(self._node_scale[..., None], at)[0][:, 0]

    def unfolded(self, size_mm: tuple[float, float]) -> bool:
        """Whether each place on a sheet of `size_mm` is seen once: no cell of the lattice on it is turned over.

        A bilinear cell is one-to-one where the turn from its one side to the other is positive at all four corners.
        """
        back = self.back_mm.astype(np.float64)
        right, down = np.diff(back, axis=1), np.diff(back, axis=0)
        turns = np.minimum.reduce(
            [
                right[top, :, 0] * down[:, left, 1] - right[top, :, 1] * down[:, left, 0]
                for top in (slice(None, -1), slice(1, None))
                for left in (slice(None, -1), slice(1, None))
            ]
        )
        node = np.logical_and.reduce((back >= 0.0) & (back <= size_mm), axis=2)
        on = node[1:, 1:] | node[1:, :-1] | node[:-1, 1:] | node[:-1, :-1]
        return not on.any() or bool(turns[on].min() > _LEAST_TURN * np.median(turns[on]))

    def _look_up(self, at: NDArray[np.float64]) -> tuple[Points, Points, Points]:
        """Place at lattice coordinates (n, 2), and its change per node to the right and down."""
        return _bilinear(self.back_mm, at)

    def _near(self, places_mm: Points) -> NDArray[np.float64]:
        """Lattice coordinates of a node near each place, beside the picture of the nearest that there is."""
        low, table = self._table
        cell = np.clip(np.floor((places_mm - low) / _CELL_MM), 0.0, np.array(table.shape[1::-1]) - 1.0).astype(np.intp)
        return self._places(table[cell[:, 1], cell[:, 0]])

    def _places(self, nodes: NDArray[np.intp]) -> Points:
        """Lattice coordinates of nodes given by their number, row by row."""
        columns = self.back_mm.shape[1]
        return np.stack([nodes % columns, nodes // columns], axis=1).astype(np.float64)

    @cached_property
    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        """The corner of a table of square cells of paper, and a node in or near each."""
        places = self.back_mm.reshape(-1, 2).astype(np.float64)
        low, high = (np.clip(end, -_FAR_MM, _FAR_MM) for end in (places.min(axis=0), places.max(axis=0)))
        cells = np.floor((high - low) / _CELL_MM).astype(np.intp) + 1
        cell = np.clip(np.floor((places - low) / _CELL_MM), 0.0, cells - 1.0).astype(np.intp)
        empty, table = np.ones(cells[::-1], dtype=np.uint8), np.zeros(cells[::-1], dtype=np.intp)
        beyond = np.abs(places).max(axis=1) > _FAR_MM
        for nodes in (np.flatnonzero(beyond), np.flatnonzero(~beyond)):  # what is far gives way
            empty[cell[nodes, 1], cell[nodes, 0]] = 0
            table[cell[nodes, 1], cell[nodes, 0]] = nodes
        _, label = cv2.distanceTransformWithLabels(empty, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
        owner = np.zeros(int(label.max()) + 1, dtype=np.intp)
        owner[np.asarray(label)[empty == 0]] = table[empty == 0]
        return low, owner[label]

    @cached_property
    def _bounds(self) -> Bounds:
        return bounds(self.back_mm)

    @cached_property
    def _node_scale(self) -> NDArray[np.float64]:
        (down_x, right_x), (down_y, right_y) = (
            np.gradient(self.back_mm[..., axis].astype(np.float64)) for axis in (0, 1)
        )
        area = np.abs(right_x * down_y - right_y * down_x)
        return np.asarray(STRIDE_PX / np.sqrt(np.maximum(area, 1e-9)))


def scale_in(to_px: Map, xy_px: Points) -> NDArray[np.float64]:
    """Pixels per mm at points (n, 2) of a picture."""
    return to_px.scale(xy_px) if isinstance(to_px, Field) else local_scale(to_px, to_px.inverse(xy_px))


def node_shape(size: tuple[int, int], stride: int = STRIDE_PX) -> tuple[int, int]:
    """(rows, columns) of the lattice over a picture of `size` with a node in every block of `stride` pixels."""
    return -(-size[1] // stride) + 2, -(-size[0] // stride) + 2


def field_nodes(size: tuple[int, int]) -> Points:
    """Pixels at which the nodes of a field of a picture of `size` lie, row by row, (n, 2)."""
    rows, columns = node_shape(size)
    x, y = np.meshgrid(np.arange(columns, dtype=np.float64), np.arange(rows, dtype=np.float64))
    return _to_pixels(np.stack([x.ravel(), y.ravel()], axis=1))


def as_field(places_mm: Points, size: tuple[int, int]) -> Field:
    """The field of a picture of `size` from the places of `field_nodes`."""
    return Field(places_mm.reshape(*node_shape(size), 2).astype(np.float32))


def sample_paper(
    image: NDArray[np.uint8], px_per_mm: float, field: Field, size: tuple[int, int], background: tuple[float, ...]
) -> NDArray[np.uint8]:
    """Sample a print of the whole paper once (bicubic) through a field, where it lies far away from a softer one.

    Args:
        image: (H, W, 3), its pixels following `geometry.raster_map`.
        px_per_mm: Its scale.
        field: The map of the picture.
        size: (width, height) of the picture.
        background: Value per channel beside the paper.
    """
    nodes = field.back_mm * np.float32(px_per_mm) - np.float32(0.5)
    levels = [(image, np.zeros(0, dtype=np.float32))]
    for shares in far_away(field, px_per_mm, image.shape[1::-1]):
        levels.append((np.asarray(cv2.pyrDown(levels[-1][0])), shares))
    sampled = np.empty((size[1], size[0], 3), dtype=np.uint8)

    def look(level: int, places: NDArray[np.float32]) -> NDArray[np.uint8]:
        there = places if level == 0 else places * np.float32(0.5**level)
        how, outside = cv2.INTER_CUBIC, cv2.BORDER_CONSTANT
        seen = cv2.remap(levels[level][0], there, NO_MAP, how, borderMode=outside, borderValue=background)
        return np.asarray(seen, dtype=np.uint8)

    softer = (spread_bands(shares, size) for _, shares in levels[1:])
    for (rows, places), *bands in zip(spread_bands(nodes, size), *softer, strict=True):
        sampled[rows] = look(0, places)
        for level, (_, share) in enumerate(bands, 1):
            there = np.flatnonzero(share.any(axis=0))
            if there.size:
                part = slice(int(there[0]), int(there[-1]) + 1)
                some = np.ascontiguousarray(share[:, part])
                coarse = look(level, np.ascontiguousarray(places[:, part]))
                mixed = cv2.blendLinear(np.ascontiguousarray(sampled[rows, part]), coarse, 1.0 - some, some)
                sampled[rows, part] = np.asarray(mixed, dtype=np.uint8)
    return sampled


def far_away(field: Field, px_per_mm: float, print_px: tuple[int, int]) -> list[NDArray[np.float32]]:
    """How much of a print at a half, then at a quarter of its size is seen, in [0, 1], at the nodes of a picture.

    A print is as fine as the nearest part of the page; what lies farther away would be too crisp, and jagged.

    Args:
        field: The map of the picture.
        px_per_mm: Scale of the print.
        print_px: (width, height) of the print; nodes beside it see none of it.
    """
    at = field.back_mm * np.float32(px_per_mm)
    steps = [np.hypot(*np.moveaxis(np.gradient(at, axis=axis), -1, 0)) / np.float32(STRIDE_PX) for axis in (0, 1)]
    beside = ((at < 0.0) | (at > np.array(print_px, dtype=np.float32))).any(axis=-1)
    octave = np.where(beside, 0.0, np.log2(np.maximum(np.maximum(*steps), 1e-6)))
    shares = [np.clip((octave - k - _CRISP) / (1.0 - _CRISP), 0.0, 1.0).astype(np.float32) for k in range(_LEVELS)]
    return [share for share in shares if share.any()]


def spread_bands(
    nodes: NDArray[np.float32], size: tuple[int, int], stride: int = STRIDE_PX
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """The rows of `spread_nodes` band by band, the same values: a band stays in the processor's cache."""
    for top in range(0, size[1], _BAND_PX):
        bottom = min(size[1], top + _BAND_PX)
        part = nodes[top // stride : -(-bottom // stride) + 2]
        yield slice(top, bottom), spread_nodes(part, (size[0], bottom - top), stride)


def spread_nodes(nodes: NDArray[N], size: tuple[int, int], stride: int = STRIDE_PX) -> NDArray[N]:
    """Values at the nodes, (rows, columns[, c]) -> at every pixel, (height, width[, c]), bilinear."""
    rows, columns = nodes.shape[:2]
    whole = cv2.resize(nodes, (columns * stride, rows * stride), interpolation=cv2.INTER_LINEAR)
    return np.asarray(whole[stride : stride + size[1], stride : stride + size[0]], dtype=nodes.dtype)


def spread_in(nodes: NDArray[N], window: tuple[int, int, int, int], stride: int = STRIDE_PX) -> NDArray[N]:
    """The part of `spread_nodes` in a window of the picture: left, top, right and bottom, which are outside."""
    left, top, right, bottom = window
    columns, rows = (slice(low // stride, -(-high // stride) + 2) for low, high in ((left, right), (top, bottom)))
    at = left - stride * columns.start, top - stride * rows.start
    part = np.ascontiguousarray(nodes[rows, columns])
    whole = spread_nodes(part, (at[0] + right - left, at[1] + bottom - top), stride)
    return np.ascontiguousarray(whole[at[1] :, at[0] :])


def halve_stride(nodes: NDArray[np.float32], size: tuple[int, int], stride: int) -> NDArray[np.float32]:
    """The same values, bilinear, at the nodes of a lattice of half the `stride`."""
    rows, columns = nodes.shape[:2]
    fine = cv2.resize(nodes, (2 * columns, 2 * rows), interpolation=cv2.INTER_LINEAR)[1:-1, 1:-1]
    rows, columns = node_shape(size, stride // 2)
    return np.asarray(fine[:rows, :columns], dtype=np.float32)


def _to_nodes(pixels: Points) -> Points:
    return (np.asarray(pixels, dtype=np.float64) - (STRIDE_PX - 1) / 2.0) / STRIDE_PX + 1.0


def _to_pixels(nodes: Points) -> Points:
    return (nodes - 1.0) * STRIDE_PX + (STRIDE_PX - 1) / 2.0


def _bilinear(nodes: NDArray[np.floating[Any]], at: NDArray[np.float64]) -> tuple[Points, Points, Points]:
    """Values (rows, columns, c) at lattice coordinates (n, 2), and their change per node to the right and down."""
    rows, columns = nodes.shape[:2]
    j = np.clip(np.floor(at[:, 0]).astype(np.intp), 0, columns - 2)
    i = np.clip(np.floor(at[:, 1]).astype(np.intp), 0, rows - 2)
    u, v = (at[:, 0] - j)[:, None], (at[:, 1] - i)[:, None]
    flat, first = nodes.reshape(rows * columns, -1), i * columns + j
    a, b, c, d = (np.take(flat, first + step, axis=0).astype(np.float64) for step in (0, 1, columns, columns + 1))
    place = (1.0 - v) * ((1.0 - u) * a + u * b) + v * ((1.0 - u) * c + u * d)
    return place, (1.0 - v) * (b - a) + v * (d - c), (1.0 - u) * (c - a) + u * (d - b)
