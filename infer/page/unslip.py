"""Unslip: whole cells of the grid that were lost or gained on the way across a page are found and given back.

Where paper is balled up, lines of the grid are missed, and all that lies behind is a whole cell beside its place; but
on other ways around it is not, and where they meet the paper would be torn. Cells are moved so that it is torn least:
phase unwrapping by minimal cuts (Bioucas-Dias and Valadao 2007, PUMA).
"""

from __future__ import annotations

from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from infer.page.unbend import GRID_MM

_EVERY = 4  # cells between those that are asked
_TORN_MM = 2.5
_FEWEST = 6  # tears between neighbours, from which the page is looked at
_MOST = 4  # cells of the grid that can be given back in either direction
_UNITS = 100.0  # capacities are whole numbers

_Value = TypeVar("_Value", bound=np.generic)
Plane = NDArray[np.float64]
Cells = NDArray[np.bool_]


def unslip(bend: NDArray[np.float64], known: Cells) -> NDArray[np.float64]:
    """The bend (h, w, 2) in mm with each part of it moved by whole cells of the grid so that fewest tears are left.

    Args:
        bend: How far each cell lies from where flat paper would have it.
        known: Where that is known, (h, w).
    """
    few, on = bend[::_EVERY, ::_EVERY], known[::_EVERY, ::_EVERY]
    moved = bend.copy()
    for axis in (0, 1):
        plane = few[..., axis]
        if sum(int(((np.abs(b - a) > _TORN_MM) & both).sum()) for a, b, both in _pairs(plane, on)) < _FEWEST:
            continue
        whole = _least_torn(plane, on)
        whole -= GRID_MM * round(float(np.median((whole - plane)[on])) / GRID_MM)  # most of the page stays where it is
        around = cv2.resize(whole, (bend.shape[1], bend.shape[0]))
        moved[..., axis] += GRID_MM * np.round((around - bend[..., axis]) / GRID_MM)
    return moved


def _least_torn(plane: Plane, on: Cells) -> Plane:
    for step in (GRID_MM, -GRID_MM):
        for _ in range(_MOST):
            move = _cut(plane, on, step)
            if not move.any():
                break
            plane = plane + step * move
    return plane


def _pairs(plane: Plane, on: Cells) -> list[tuple[Plane, Plane, Cells]]:
    """Neighbours beside and below one another, and where both are known."""
    return [(*both, a & b) for both, (a, b) in zip(_neighbours(plane), _neighbours(on), strict=True)]


def _neighbours(cells: NDArray[_Value]) -> list[tuple[NDArray[_Value], NDArray[_Value]]]:
    return [(cells[:, :-1], cells[:, 1:]), (cells[:-1], cells[1:])]


def _cut(plane: Plane, on: Cells, step: float) -> Cells:
    """The cells that are to move by `step` so that differences between neighbours are smallest in the sum."""
    number = np.arange(plane.size, dtype=np.intp).reshape(plane.shape)
    source, sink = plane.size, plane.size + 1
    pull = np.zeros(plane.size)  # what moving a cell costs by itself
    ends, room = [], []
    for (a, b, both), (first_of, second_of) in zip(_pairs(plane, on), _neighbours(number), strict=True):
        i, j, off = first_of[both], second_of[both], (b - a)[both]
        stay, first, second = np.abs(off), np.abs(off - step), np.abs(off + step)
        pull += np.bincount(i, first - stay, plane.size) - np.bincount(j, first - stay, plane.size)
        ends.append((i, j))
        room.append(first + second - 2.0 * stay)
    rows = np.concatenate([i for i, _ in ends] + [np.full(plane.size, source), number.ravel()])
    columns = np.concatenate([j for _, j in ends] + [number.ravel(), np.full(plane.size, sink)])
    most = np.concatenate([*room, np.maximum(pull, 0.0), np.maximum(-pull, 0.0)])
    capacity = np.round(most * _UNITS).astype(np.int32)
    graph = csr_array((capacity, (rows, columns)), shape=(plane.size + 2, plane.size + 2))
    left = (graph - maximum_flow(graph, source, sink).flow).tocsr()
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    moves = np.zeros(plane.size + 2, dtype=bool)
    moves[breadth_first_order(left.T.tocsr(), sink, return_predecessors=False)] = True
    return np.asarray(on & moves[: plane.size].reshape(plane.shape))
