"""A flat page's map from the names of its leads, where the grid cannot be seen: faint, dense, or copied away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.format.layouts import name_places, score_on_page
from infer.networks.backend import PageSeen
from infer.networks.logits import log_softmax, sigmoid
from infer.networks.view import cell_centres
from infer.page.canvas import spread_out
from infer.page.homography import fit_homography
from infer.page.rectify import PageMap, on_paper
from synth.geometry import Homography, Map, Points, compose, invert, local_scale
from synth.layout import Layout

_CLEAR, _CELLS = 0.5, 3.0  # probability and size of any name
_MAYBE = 0.15  # share of a name's cells that a lead has which it may be: small letters are not told apart surely
_NEAR_MM = 7.0  # a name this near to where the layout has it is that one
_FEWEST, _MOST = 6, 48
_LEANING = (8, 0.6)  # names that must lie so much nearer if the page leans
_AS_WELL = 0.1  # fits that are worse by no more than this are as good
_NARROW = 0.2  # of the longer side of what names span: names in one line say nothing of the other side
_STIFF = 0.3  # weight of a corner that stays where a map without shear puts it
_STEEPEST = 0.6  # of the page in the picture, radians
_SCALES, _OTHER = 3, 0.05  # maps that are tried at most, and by how much their scales must differ

Blobs = list[tuple[list[int], NDArray[np.float64]]]  # leads that a name may be, its place in px


def maps_by_names(seen: PageSeen, size_px: tuple[int, int], layouts: Sequence[Layout]) -> list[PageMap]:
    """The maps of the layouts whose names fit best, in mm of their paper; none where fewer than six names fit any.

    Names in one line fit several layouts, each at its own scale: one map for each scale, first that by which rows
    fit best, too.
    """
    h, w = seen.paper.shape
    px = cell_centres(size_px, (4 * w, 4 * h)).reshape(h, w, 2)
    on = sigmoid(seen.paper) > 0.5
    fits: list[tuple[float, Homography, Layout]] = []
    for blobs in _names(seen, px):
        fits = fits or [(*fit, layout) for layout in layouts if (fit := _fit(blobs, name_places(layout))) is not None]
    if not fits or not on.any():
        return []
    best = max(share for share, _, _ in fits)
    pages: list[tuple[float, PageMap]] = []
    for share, to_mm, layout in fits:
        if share > best - _AS_WELL:
            mm, to_px = to_mm.forward(px.reshape(-1, 2)).reshape(h, w, 2), invert(to_mm)
            if not on_paper(mm[on]):
                continue
            scale = float(local_scale(to_px, np.median(mm[on], axis=0)[None])[0])
            page = PageMap(to_px, mm, on, scale, 0.0, 0.0)
            pages.append((score_on_page(layout, spread_out(seen, page)), page))
    return distinct(pages)


def distinct(pages: Iterable[tuple[float, PageMap]]) -> list[PageMap]:
    """Of maps with their scores, the best of each scale, the best first."""
    maps: list[PageMap] = []
    for _, page in sorted(pages, key=lambda found: -found[0]):
        if all(abs(np.log(page.px_per_mm / other.px_per_mm)) > _OTHER for other in maps):
            maps.append(page)
    return maps[:_SCALES]


def turned_level(page: PageMap, rise: float, larger: float) -> PageMap:
    """The map turned and scaled about the page's middle, so that its rows lie level and as far apart as they should.

    Args:
        page: The map.
        rise: How much rows rise in it per mm to the right.
        larger: By what share everything is too large in it.
    """
    middle, turn = np.median(page.mm[page.on], axis=0), np.arctan(rise)
    matrix = (1.0 + larger) * np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return laid_anew(
        page, Homography(np.vstack([np.column_stack([matrix, middle - matrix @ middle]), [0.0, 0.0, 1.0]]))
    )


def laid_anew(page: PageMap, to_old: Map) -> PageMap:
    """The map in other millimetres, `to_old` being where they lie in those that it has."""
    mm = to_old.inverse(page.mm.reshape(-1, 2)).reshape(page.mm.shape)
    to_px = compose([to_old, page.to_px])
    scale = float(local_scale(to_px, np.median(mm[page.on], axis=0)[None])[0])
    return replace(page, to_px=to_px, mm=mm, px_per_mm=scale)


def _names(seen: PageSeen, px: Points) -> Iterator[Blobs]:
    """Names that are read for sure; then all of them, with whatever leads each may be."""
    of_lead = np.exp(log_softmax(seen.name)[1:])
    yield [([lead], place) for lead, plane in enumerate(of_lead) for _, place in _blobs(plane, px)]
    names = []
    for inside, place in _blobs(of_lead.sum(axis=0), px):
        shares = of_lead[:, inside].sum(axis=1)
        names.append((np.flatnonzero(shares > _MAYBE * shares.sum()).tolist(), place))
    yield names


def _blobs(plane: NDArray[np.float32], px: Points) -> Iterator[tuple[NDArray[np.bool_], NDArray[np.float64]]]:
    """The cells of each name in a plane of probabilities, and where it is."""
    _, labels = cv2.connectedComponents((plane > _CLEAR).astype(np.uint8))
    for k in range(1, int(labels.max()) + 1):
        inside = np.asarray(labels == k)
        weight = plane[inside]
        if weight.sum() >= _CELLS:
            yield inside, (px[inside] * weight[:, None]).sum(axis=0) / weight.sum()


def _fit(blobs: Blobs, places: list[tuple[int, Points]]) -> tuple[float, Homography] | None:
    """The affine map that takes most blobs to their places, and how well it does; of more than any page has, none."""
    if len(blobs) > _MOST:
        return None
    found = np.array([place for _, place in blobs])
    pairs = [(k, place) for k, (leads, _) in enumerate(blobs) for named, place in places if named in leads]
    best: list[tuple[int, Points]] = []
    for (i, a), (j, b) in combinations(pairs, 2):
        guess = _similarity(found[i], found[j], a, b) if i != j else None
        if guess is not None:
            near = _near(pairs, guess.forward(found))
            best = near if len(near) > len(best) else best
    if len(best) < _FEWEST:
        return None
    for _ in range(3):
        to_mm = _fit_similarity(found[[k for k, _ in best]], np.array([place for _, place in best]))
        best = _near(pairs, to_mm.forward(found))
        if len(best) < _FEWEST:
            return None
    source, target = found[[k for k, _ in best]], np.array([place for _, place in best])
    rms_mm = float(np.sqrt(((to_mm.forward(source) - target) ** 2).sum(axis=1).mean()))
    middle, half = (source.max(axis=0) + source.min(axis=0)) / 2.0, np.ptp(source, axis=0) / 2.0
    half = half if half.min() > _NARROW * half.max() else np.full(2, half.max())
    corners = middle + half * np.array([(-1, -1), (1, 1), (-1, 1), (1, -1)])  # keep it sane where they stand in a line
    weight = np.repeat([1.0] * len(source) + [_STIFF] * len(corners), 2).reshape(-1, 2)
    source, target = np.vstack([source, corners]), np.vstack([target, to_mm.forward(corners)])
    share = 2.0 * len(best) / (len(blobs) + len(places))
    flat, leaning = (fit_homography(source, target, weight, flat=flat) for flat in (True, False))
    away = [float((fit.forward(source) - target)[: len(best)].std()) for fit in (flat, leaning)]
    leans = len(best) >= _LEANING[0] and away[1] < _LEANING[1] * away[0]
    return share - rms_mm / _NEAR_MM, leaning if leans else flat


def _fit_similarity(source: Points, target: Points) -> Homography:
    """Least squares, without shear."""
    z, w = (points[:, 0] + 1j * points[:, 1] for points in (source, target))
    turn = complex(((w - w.mean()) * (z - z.mean()).conj()).sum() / (np.abs(z - z.mean()) ** 2).sum())
    return _turned(turn, complex(w.mean()) - turn * complex(z.mean()))


def _turned(turn: complex, shift: complex) -> Homography:
    return Homography(np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag], [0, 0, 1.0]]))


def _similarity(p: Points, q: Points, a: Points, b: Points) -> Homography | None:
    """The map without shear that takes p to a and q to b, if it leaves the page about upright."""
    before, after = complex(*(q - p)), complex(*(b - a))
    if abs(before) < 1.0 or abs(after) < 10.0:
        return None
    turn = after / before
    if abs(np.angle(turn)) > _STEEPEST:
        return None
    return _turned(turn, complex(*a) - turn * complex(*p))


def _near(pairs: list[tuple[int, Points]], mm: Points) -> list[tuple[int, Points]]:
    """The pairs that agree, the nearest first; no blob has two places, and no place two blobs."""
    away = [(float(np.hypot(*(mm[k] - place))), k, (float(place[0]), float(place[1]))) for k, place in pairs]
    near: dict[int, tuple[float, float]] = {}
    for _, k, place in sorted(pair for pair in away if pair[0] < _NEAR_MM):
        if k not in near and place not in near.values():
            near[k] = place
    return [(k, np.array(place)) for k, place in near.items()]
