"""Level: a page that lies steeply in a picture is looked at again, laid level, as networks know pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.networks.backend import Backend, PageSeen
from infer.networks.logits import sigmoid
from infer.networks.view import LONG_SIDE, cell_centres, small_picture
from infer.page.homography import robust_homography
from infer.page.rectify import Followed, NoGridError, PageMap, follow_grid, rectify, without_grid
from infer.page.upright import legible, look_upright
from synth.errors import UserError
from synth.geometry import Homography, Points, compose, local_scale

_STEEP_DEG, _UNEVEN = 15.0, 1.9  # networks were trained on pages turned by 12; ratio of the largest scale to the least
_LOOKS = 3  # at a page that lies more level each time
_ILLEGIBLE, _AS_LEGIBLE = 10.0, 0.5  # see `legible`; by so much a page that is looked at again may be less
_BENT_MM = 0.3  # rms from which a page is looked at again; one that is nearly flat was seen as well as it can be
_SURE_LOCK = 0.85  # agreement of the grid by which a bent page is surely laid
_AS_LOCKED = 0.02  # by so much less it may agree when the page is looked at again
_NEARLY = 1.5  # by so much less legible a page may be the other way up
_OUTSIDE, _AROUND = 0.5, 0.04  # percent of the page's cells that may lie outside; of its sides, what is added around
_LARGEST_MM = 1000.0  # a map by which the page is larger is none
_FINER = 1.3  # a picture finer than the one that is cut from it by more than this is made smaller first
_QUARTER = np.array([[0.0, -1.0], [1.0, 0.0]])
_EIGHTH = np.sqrt(0.5) * np.array([[1.0, -1.0], [1.0, 1.0]])


@dataclass(frozen=True, eq=False)
class Frame:
    """The picture that the page network looks at, as a part of another.

    Attributes:
        size_px: (width, height).
        to_px: Its pixels -> those of the other; None if it is the same.
    """

    size_px: tuple[int, int]
    to_px: Homography | None = None

    def put(self, page: PageMap) -> PageMap:
        """The map of a page that was found in this picture, in the other."""
        if self.to_px is None:
            return page
        to_px = compose([page.to_px, self.to_px])
        scale = float(local_scale(to_px, np.median(page.mm[page.on], axis=0)[None])[0])
        return replace(page, to_px=to_px, px_per_mm=scale, flat=None if page.flat is None else self.put(page.flat))

    def part(self, matrix: NDArray[np.float64], size_px: tuple[int, int]) -> Frame:
        """A part of this one, by the matrix that takes its pixels to pixels of this one."""
        return Frame(size_px, Homography(matrix if self.to_px is None else self.to_px.matrix @ matrix))


class Level(NamedTuple):
    """What is seen of a page, in which part of the picture, and its map there."""

    seen: PageSeen
    frame: Frame
    page: PageMap


def look_level(backend: Backend, image: NDArray[np.uint8]) -> Level:
    """The page, turned upright, and laid level if it is bent or lies steeply; `without_grid` if none can be followed.

    Turned by about an eighth it has no way up that networks know: where hardly anything of it can be read, it is looked
    at turned by as much. Where its first map says that it lies steeply, it is looked at as that map lays it; a bent one
    is anyway, as what lies farther away, or beside the page, leaves fewer pixels for some of it.

    Args:
        backend: The networks.
        image: (H, W, 3) RGB, turned by any quarter.

    Raises:
        UserError: As `follow_grid`.
    """
    seen, frame = _look(backend, image, Frame((image.shape[1], image.shape[0])))
    if legible(seen) < _ILLEGIBLE and (eighth := _by_an_eighth(seen, frame)) is not None:
        turned, there = _look(backend, image, eighth)
        if legible(turned) > max(legible(seen), _ILLEGIBLE):
            seen, frame = turned, there
    try:
        grid = _followed(seen, frame)
        level = _bent(backend, image, seen, frame, grid) or Level(seen, frame, rectify(grid))
    except NoGridError:
        return Level(seen, frame, without_grid(sigmoid(seen.paper), frame.size_px))
    for _ in range(_LOOKS):
        again = laid_level(backend, image, level, if_steep=True)
        if again is None or again.page.lock < level.page.lock - _AS_LOCKED:  # what was seen at first was no grid
            break
        level = again
    return level


def _bent(backend: Backend, image: NDArray[np.uint8], seen: PageSeen, frame: Frame, grid: Followed) -> Level | None:
    """A page that is surely bent, looked at again; None where it is not, or is seen less well so."""
    if grid.lock <= _SURE_LOCK or grid.roughly_bent_mm() <= _BENT_MM:
        return None
    again = _again(backend, image, seen, _part(frame, grid.px[grid.known], grid.mm[grid.known], if_steep=False))
    return again if again is not None and again.page.lock >= grid.lock - _AS_LOCKED else None


def laid_level(backend: Backend, image: NDArray[np.uint8], level: Level, *, if_steep: bool = False) -> Level | None:
    """The page looked at again as its map lays it; None where that is nowhere, or less of it can be read so.

    Args:
        backend: The networks.
        image: (H, W, 3) RGB.
        level: The page.
        if_steep: Only if it lies as networks were not trained on.
    """
    on = level.page.on
    part = _part(level.frame, _centres(level.frame, on.shape)[on], level.page.mm[on], if_steep=if_steep)
    return _again(backend, image, level.seen, part)


def upside_down(backend: Backend, image: NDArray[np.uint8], level: Level) -> Level | None:
    """The page the other way up; None where much less of it can be read so."""
    w, h = level.frame.size_px
    frame = level.frame.part(_moved(-np.eye(2), (w - 1.0, h - 1.0)), (w, h))
    seen = backend.see_page(small_picture(_cut(image, frame)))
    return _if_legible(seen, frame, legible(level.seen) - _NEARLY)


def _again(backend: Backend, image: NDArray[np.uint8], seen: PageSeen, part: Frame | None) -> Level | None:
    """The page looked at again in a part; None if there is none, or less of it can be read so."""
    return None if part is None else _if_legible(*_look(backend, image, part), legible(seen) - _AS_LEGIBLE)


def _if_legible(seen: PageSeen, frame: Frame, least: float) -> Level | None:
    """A page that is looked at again; None where less of it can be read than that, or no grid is found."""
    if legible(seen) < least:
        return None
    try:
        return Level(seen, frame, rectify(_followed(seen, frame)))
    except UserError:
        return None


def _followed(seen: PageSeen, frame: Frame) -> Followed:
    return follow_grid(seen.phase, sigmoid(seen.paper), frame.size_px)


def _look(backend: Backend, image: NDArray[np.uint8], frame: Frame) -> tuple[PageSeen, Frame]:
    """What is seen in a part of a picture, and that part, turned upright."""
    seen, turn = look_upright(backend, image if frame.to_px is None else _cut(image, frame))
    for _ in range(turn):  # (x, y) of a picture turned once more against the clock was (width - 1 - y, x)
        w, h = frame.size_px
        frame = frame.part(_moved(_QUARTER, (w - 1.0, 0.0)), (h, w))
    return seen, frame


def _by_an_eighth(seen: PageSeen, frame: Frame) -> Frame | None:
    """The part that holds the paper, turned by an eighth; None where hardly any paper is seen."""
    paper = _centres(frame, seen.paper.shape)[sigmoid(seen.paper) > 0.5]
    if not len(paper):
        return None
    low, high = _span(paper @ _EIGHTH)  # turned back
    if (high - low).min() <= 0.0:
        return None
    side = float((high - low).max()) / LONG_SIDE
    return frame.part(_moved(_EIGHTH * side, tuple(_EIGHTH @ (low + 0.5 * side))), _size((high - low) / side))


def _part(frame: Frame, px: Points, mm: Points, *, if_steep: bool) -> Frame | None:
    """The part that holds a page, laid level; None if it lies nowhere, or level enough.

    Args:
        frame: Where the page was found.
        px: Points of the page there, (n, 2).
        mm: Where on the page they lie, (n, 2).
        if_steep: See `laid_level`.
    """
    low, high = _span(mm)
    if not (high - low < _LARGEST_MM).all():
        return None
    flat = robust_homography(mm, px)
    box = np.array([low, (high[0], low[1]), high, (low[0], high[1]), (low + high) / 2.0])
    far = np.column_stack([box, np.ones(len(box))]) @ flat.matrix[2]
    if (far * far[-1]).min() <= 0.0 or (if_steep and not _steep(flat, box)):  # beyond the horizon
        return None
    side = float((high - low).max()) / LONG_SIDE
    return frame.part(flat.matrix @ _moved(np.eye(2) * side, tuple(low + 0.5 * side)), _size((high - low) / side))


def _steep(flat: Homography, box: Points) -> bool:
    """Whether a page lies as networks were not trained on, by its map to pixels, its corners and its middle in mm."""
    right, down = (flat.forward(box + step) - flat.forward(box) for step in np.eye(2))
    scales = np.linalg.svd(np.stack([right, down], axis=2), compute_uv=False)
    turn_deg = float(np.rad2deg(np.arctan2(right[-1, 1], right[-1, 0])))
    return abs(turn_deg) >= _STEEP_DEG or bool(scales.max() >= _UNEVEN * scales.min())


def _centres(frame: Frame, cells: tuple[int, ...]) -> NDArray[np.float64]:
    """Where the cells (h, w) lie in a picture, (h, w, 2)."""
    return cell_centres(frame.size_px, (4 * cells[1], 4 * cells[0])).reshape(*cells, 2)


def _span(points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of nearly all points along both axes, and a little more."""
    low, high = np.percentile(points, [_OUTSIDE, 100.0 - _OUTSIDE], axis=0)
    return low - _AROUND * (high - low), high + _AROUND * (high - low)


def _size(sides: NDArray[np.float64]) -> tuple[int, int]:
    return max(1, round(float(sides[0]))), max(1, round(float(sides[1])))


def _moved(linear: NDArray[np.float64], shift: tuple[float, ...]) -> NDArray[np.float64]:
    return np.array([[*linear[0], shift[0]], [*linear[1], shift[1]], [0.0, 0.0, 1.0]])


def _cut(image: NDArray[np.uint8], frame: Frame) -> NDArray[np.uint8]:
    """A part of a picture; beyond that it has the colour that most of it has."""
    assert frame.to_px is not None
    w, h = frame.size_px
    ends = np.array([[0.0, 0.0], [w, 0.0], [0.0, h], [w, h], [w / 2.0, h / 2.0]])
    shrink = min(1.0, _FINER / max(float(np.median(local_scale(frame.to_px, ends))), 1e-9))
    size = _size(shrink * np.array(image.shape[1::-1]))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA) if shrink < 1.0 else image
    ratio = np.array(size) / image.shape[1::-1]
    matrix = _moved(np.diag(ratio), tuple(0.5 * ratio - 0.5)) @ frame.to_px.matrix
    colour = np.median(small[::8, ::8].reshape(-1, 3), axis=0).tolist()
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpPerspective(small, matrix, (w, h), flags=how, borderMode=cv2.BORDER_CONSTANT, borderValue=colour)
    return np.asarray(cut, dtype=np.uint8)
