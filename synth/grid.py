"""Paper and grid: a sum of products of a row and a column, so a page costs little more than its distinct rows."""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import RGB
from synth.grid_lines import line_mm
from synth.page import Page

Profile = NDArray[np.float64]  # (n,): share of each pixel of an axis that is covered
Share = NDArray[np.uint8]  # the same of each pixel of a picture, (H, W) or (H, W, 3); 255 is all
Product = tuple[Profile, Profile]  # covered share of pixel (x, y) is profile_x[x] * profile_y[y]

_DOTTED = 0.25  # pitch of the dots that dotted fine lines are made of, of the fine pitch
_FINER = 8  # places of a pixel at which a turned grid's lines are told apart
_STEPS = 128.0  # coverage is rounded to this fraction: far below what a picture shows, and rows repeat more


def draw_paper(page: Page, px_per_mm: float) -> NDArray[np.uint8]:
    """Paper and grid of a page, (H, W, 3) uint8 RGB."""
    w, h = (max(1, round(side * px_per_mm)) for side in page.layout.page_mm)
    box = page.grid_box_mm
    half = page.style.coarse_mm / 2.0 if page.layout.grid.box_mm is not None else 0.0  # the outermost lines, whole
    spans = [
        (max(0, int(np.floor((low - half) * px_per_mm))), min(n, int(np.ceil((high + half) * px_per_mm))))
        for low, high, n in ((box[0], box[2], w), (box[1], box[3], h))
    ]
    (left, right), (top, bottom) = spans
    if page.style.grid_turn_deg:
        return _turned(page, px_per_mm, (w, h))
    layers = _layers(page, px_per_mm, spans)
    gridded = _blend(layers, page.style.paper, right - left, bottom - top)
    if gridded.shape[:2] == (h, w):
        return gridded
    image = np.empty((h, w, 3), dtype=np.uint8)
    image[:] = np.tile(_to_uint8(np.array(page.style.paper, dtype=np.float32) * np.float32(255.0)), w).reshape(
        1, w, 3
    )  # row by row: the fast way to fill
    image[top:bottom, left:right] = gridded
    return image


def _layers(page: Page, px_per_mm: float, spans: list[tuple[int, int]]) -> list[tuple[list[Product], RGB, float]]:
    return [
        (_fine(page, px_per_mm, spans), page.style.fine_colour, page.style.fine),
        (_coarse(page, px_per_mm, spans), page.style.coarse_colour, page.style.coarse),
    ]


def _turned(page: Page, px_per_mm: float, size: tuple[int, int]) -> NDArray[np.uint8]:
    """A grid that covers the paper, turned about its origin: each row of pixels cuts its upright lines farther on."""
    angle, origin = np.radians(page.style.grid_turn_deg), page.grid_origin_mm
    finer = _FINER * px_per_mm / np.cos(angle)  # cells per mm along the grid, of which a pixel's row is _FINER long
    first_mm = 0.5 / px_per_mm - np.array(origin)
    starts, spans = [], []
    for axis, tilt in ((0, np.sin(angle)), (1, -np.sin(angle))):
        across = (np.arange(size[1 - axis]) + 0.5) / px_per_mm - origin[1 - axis]
        along_mm = first_mm[axis] * np.cos(angle) + tilt * across + origin[axis]  # of the first pixel, on the grid
        start = np.round(along_mm * finer - _FINER / 2.0).astype(int)
        starts.append(start - start.min())
        spans.append((int(start.min()), int(start.max()) + _FINER * (size[axis] + 1)))
    colour = np.array(page.style.paper) * 255.0
    image = None
    for products, ink, strength in _layers(page, finer, spans):
        covered = [_both(_laid(x, starts[0], size[0]), _laid(y, starts[1], size[1]).T) for x, y in products]
        if not covered:
            continue
        through = reduce(_both, [255 - share for share in covered])
        loss = strength * (1.0 - np.array(ink))
        light = (colour if image is None else 255.0) * (1.0 - loss * (1.0 - np.arange(256.0)[:, None] / 255.0))
        layer: Share = np.asarray(cv2.LUT(cv2.merge([through] * 3), np.round(light).astype(np.uint8)[None]))
        image = layer if image is None else _both(image, layer)
    return np.asarray(image if image is not None else np.full((size[1], size[0], 3), np.round(colour)), dtype=np.uint8)


def _both(a: Share, b: Share) -> Share:
    """The product of two shares."""
    return np.asarray(cv2.multiply(a, np.ascontiguousarray(b), scale=1.0 / 255.0), dtype=np.uint8)


def _laid(profile: Profile, starts: NDArray[np.intp], count: int) -> Share:
    """A finer profile from a start of its own in each row, (len(starts), count); 255 is a pixel that is covered."""
    summed = np.concatenate([[0.0], np.cumsum(profile)])
    share = np.round((summed[_FINER:] - summed[:-_FINER]) * (255.0 / _FINER)).astype(np.uint8)
    phases = [np.ascontiguousarray(share[phase::_FINER]) for phase in range(_FINER)]
    rows = np.empty((len(starts), count), dtype=np.uint8)
    for row, at in zip(rows, starts.tolist(), strict=True):
        row[:] = phases[at % _FINER][at // _FINER : at // _FINER + count]
    return rows


def _blend(layers: list[tuple[list[Product], RGB, float]], paper: RGB, width: int, height: int) -> NDArray[np.uint8]:
    """Lay the layers over the paper: equal rows are computed once."""
    profiles = [np.round(py * _STEPS) / _STEPS for products, _, _ in layers for _, py in products]
    rows = np.stack(profiles, axis=1) if profiles else np.zeros((height, 1))
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    light = [np.full((len(distinct), width), 255.0 * level, dtype=np.float32) for level in paper]
    columns = distinct.astype(np.float32)
    used = 0
    for products, colour, strength in layers:
        through = np.ones((len(distinct), width), dtype=np.float32)
        for px, _ in products:
            through *= np.float32(1.0) - columns[:, used, None] * px.astype(np.float32)[None, :]
            used += 1
        for plane, level in zip(light, colour, strict=True):
            loss = np.float32(strength * (1.0 - level))
            plane *= np.float32(1.0) - loss + loss * through
    return np.take(cv2.merge([_to_uint8(plane) for plane in light]), which.ravel(), axis=0)


def _fine(page: Page, px_per_mm: float, spans: list[tuple[int, int]]) -> list[Product]:
    grid, style = page.layout.grid, page.style
    pitch, coarse_pitch = grid.pitch_mm
    if grid.fine == "none" or style.fine == 0.0:
        return []
    x, y = (_axis(page, axis, px_per_mm, span, pitch, style.fine_mm) for axis, span in enumerate(spans))
    whole = (np.ones_like(x), np.ones_like(y))
    if grid.fine == "lines":
        return [(x, whole[1]), (whole[0], y)]
    if grid.fine == "dots":
        if grid.coarse != "none":  # none where a coarse line, or row of dots, runs
            x, y = (
                profile * (1.0 - _near(page, axis, px_per_mm, span, coarse_pitch, pitch / 2.0))
                for axis, (profile, span) in enumerate(zip((x, y), spans, strict=True))
            )
        return [(x, y)]
    dot_x, dot_y = (
        _axis(page, axis, px_per_mm, span, pitch * _DOTTED, 0.5 * pitch * _DOTTED) for axis, span in enumerate(spans)
    )
    return [(x, dot_y), (dot_x, y)]


def _coarse(page: Page, px_per_mm: float, spans: list[tuple[int, int]]) -> list[Product]:
    grid, style = page.layout.grid, page.style
    if grid.coarse == "none" or style.coarse == 0.0:
        return []
    fine_pitch, pitch = grid.pitch_mm
    profiles = []
    for axis, span in enumerate(spans):
        profile = _axis(page, axis, px_per_mm, span, pitch, style.coarse_mm)
        if grid.bold_mm is not None:
            profile = np.maximum(profile, _axis(page, axis, px_per_mm, span, grid.bold_mm, 2.0 * style.coarse_mm))
        profiles.append(profile)
    x, y = profiles
    if grid.coarse == "lines":
        return [(x, np.ones_like(y)), (np.ones_like(x), y)]
    dot_x, dot_y = (_axis(page, axis, px_per_mm, span, fine_pitch, style.coarse_mm) for axis, span in enumerate(spans))
    return [(x, dot_y), (dot_x, y)]


def _axis(page: Page, axis: int, px_per_mm: float, span: tuple[int, int], pitch_mm: float, width_mm: float) -> Profile:
    """Share of each pixel of `span` covered by lines of `width_mm`, exactly."""
    edge = np.arange(span[0], span[1] + 1) / px_per_mm - page.grid_origin_mm[axis] + width_mm / 2.0
    number = np.arange(np.floor(edge[0] / pitch_mm) - 1.0, np.ceil(edge[-1] / pitch_mm) + 2.0)
    begin = line_mm(number, pitch_mm, page.layout.grid.raster_dpi)
    before = np.clip(np.searchsorted(begin, edge, side="right") - 1, 0, None)
    covered = before * width_mm + np.minimum(edge - begin[before], width_mm)
    share: Profile = np.clip(np.diff(covered) * px_per_mm, 0.0, 1.0)
    return share


def _near(page: Page, axis: int, px_per_mm: float, span: tuple[int, int], pitch_mm: float, within_mm: float) -> Profile:
    """1 where a pixel's centre lies within a distance of a line, else 0."""
    at = (np.arange(*span) + 0.5) / px_per_mm - page.grid_origin_mm[axis]
    near: Profile = (np.abs(at - np.round(at / pitch_mm) * pitch_mm) < within_mm).astype(np.float64)
    return near


def _to_uint8(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(light + np.float32(0.5), dtype=np.uint8)
