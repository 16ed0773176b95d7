"""Exact labels in the finished picture: points moved through its map, masks drawn afresh from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from synth.geometry import Map, Points, outline
from synth.grid_lines import GridLines, line_mm, turned
from synth.letters import Box, Word
from synth.lines import Coverage, Patch, draw_line
from synth.marks import Stroke
from synth.page import Page, Strip

_SAME_WIDTH = 0.02  # a line is drawn in one go as long as its width varies less than this
_BESIDE_MM = 0.1  # lines on whole pixels may lie so far beside the grid's edge
_LEAST = 16  # samples of a piece otherwise

Point = tuple[float, float]
Kind = Literal["lead", "lead_name", "pulse", "separator", "header", "footer"]


@dataclass(frozen=True)
class Mark:
    """A printed thing and where it is.

    Attributes:
        kind: What it is; `lead` is the trace of a lead.
        string: What a text says; the lead's name for a trace; empty for a pulse or separator.
        lead: The lead that a trace or a lead name belongs to.
        quad_px: Corners (x, y) of its upright rectangle on the paper, clockwise from the top left.
        box_px: (left, top, right, bottom) of its upright rectangle in the picture, edges of the ink.
    """

    kind: Kind
    string: str
    lead: str | None
    quad_px: tuple[Point, Point, Point, Point]
    box_px: Box


@dataclass(frozen=True, eq=False)
class Lattice:
    """The crossings of the coarse grid.

    Attributes:
        mm: Places on the paper, (rows, columns, 2).
        px: Places in the picture, (rows, columns, 2).
        visible: Which lie on the grid and in the picture, (rows, columns).
    """

    mm: NDArray[np.float64]
    px: NDArray[np.float64]
    visible: NDArray[np.bool_]


def inside(xy_px: Points, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Which points (n, 2) lie on a picture of `size` = (width, height) pixels."""
    x, y = xy_px[:, 0], xy_px[:, 1]
    result: NDArray[np.bool_] = (x >= -0.5) & (x < size[0] - 0.5) & (y >= -0.5) & (y < size[1] - 0.5)
    return result


def trace_patches(
    xy_px: Points, t_s: NDArray[np.float64], width_px: NDArray[np.float64], size: tuple[int, int]
) -> list[Patch]:
    """Coverage of one trace as patches whose maximum it is, drawn from its label.

    Args:
        xy_px: Centre of the ink, (n, 2).
        t_s: Times, (n,); a gap breaks the trace.
        width_px: Width of the trace at each point, (n,).
        size: (width, height) of the picture.
    """
    pieces = _pieces(width_px)
    drawn = [draw_line(xy_px[piece], float(width_px[piece].mean()), size, t_s[piece]) for piece in pieces]
    return [patch for patch in drawn if patch is not None]


def _pieces(width_px: NDArray[np.float64]) -> list[slice]:
    """Stretches of a line of about one width, each ending where the next begins."""
    pieces, start, last = [], 0, len(width_px) - 1
    while True:
        changed = np.abs(width_px[start + _LEAST :] - width_px[start]) > _SAME_WIDTH * width_px[start]
        end = start + _LEAST + int(np.argmax(changed)) if changed.any() else last
        pieces.append(slice(start, end + 1))
        if end >= last:
            return pieces
        start = end


def join(patches: Iterable[Patch], size: tuple[int, int]) -> Coverage:
    """Patches on a picture of `size`: (height, width) uint8, 255 is full ink."""
    plane = np.zeros((size[1], size[0]), dtype=np.uint8)
    for patch in patches:
        patch.lay_on(plane)
    return plane


def make_marks(page: Page, words: Iterable[Word], to_px: Map) -> tuple[Mark, ...]:
    """Boxes of every trace, pulse, separator and text of a page."""
    places: list[tuple[Kind, str, str | None, Box]] = [
        ("lead", strip.lead, strip.lead, _around([strip])) for strip in page.strips
    ]
    for kind in ("pulse", "separator"):
        strokes = [stroke for stroke in page.strokes if stroke.kind == kind]
        for mark in dict.fromkeys(stroke.mark for stroke in strokes):
            places.append((kind, "", None, _around([stroke for stroke in strokes if stroke.mark == mark])))
    places += [(word.text.kind, word.text.string, word.text.lead, word.box_mm) for word in words]
    borders = to_px.forward(np.concatenate([_border(box) for *_, box in places])) if places else np.zeros((0, 2))
    return tuple(
        _mark(kind, string, lead, border)
        for (kind, string, lead, _), border in zip(places, borders.reshape(len(places), -1, 2), strict=True)
    )


def _around(lines: list[Strip] | list[Stroke]) -> Box:
    low = np.min([line.xy_mm.min(axis=0) - line.width_mm / 2.0 for line in lines], axis=0)
    high = np.max([line.xy_mm.max(axis=0) + line.width_mm / 2.0 for line in lines], axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _border(box_mm: Box) -> Points:
    """Points along a box's sides."""
    corner, side = np.array(box_mm[:2]), np.array(box_mm[2:]) - np.array(box_mm[:2])
    border: Points = outline((float(side[0]), float(side[1]))) + corner
    return border


def _mark(kind: Kind, string: str, lead: str | None, border: Points) -> Mark:
    low, high = border.min(axis=0), border.max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    a, b, c, d = ((float(x), float(y)) for x, y in border[:: len(border) // 4])
    return Mark(kind, string, lead, (a, b, c, d), box)


def grid_lattice(box_mm: Box, lines: GridLines, to_px: Map, size: tuple[int, int]) -> Lattice:
    """The crossings of a grid's lines in a box, and where they are in the picture; beside either none is visible."""
    to_paper = turned(lines.turn_deg)
    corners = (np.array([(x, y) for x in box_mm[::2] for y in box_mm[1::2]]) - lines.origin_mm) @ to_paper.T
    low = np.ceil(corners.min(axis=0) / lines.pitch_mm - 1e-6)
    high = np.floor(corners.max(axis=0) / lines.pitch_mm + 1e-6)
    axes = [line_mm(np.arange(a, b + 1.0), lines.pitch_mm, lines.raster_dpi) for a, b in zip(low, high, strict=True)]
    mm = np.stack(np.meshgrid(axes[0], axes[1]), axis=-1) @ to_paper + lines.origin_mm
    px = to_px.forward(mm.reshape(-1, 2))
    left, top, right, bottom = box_mm
    on_grid = ((mm > (left - _BESIDE_MM, top - _BESIDE_MM)) & (mm < (right + _BESIDE_MM, bottom + _BESIDE_MM))).all(-1)
    return Lattice(mm, px.reshape(mm.shape), inside(px, size).reshape(mm.shape[:2]) & on_grid)


def millimetre_field(to_px: Map, size: tuple[int, int], stride: int) -> NDArray[np.float32]:
    """Place on the paper, in mm, of pixel (stride * j, stride * i): (ceil(H / stride), ceil(W / stride), 2)."""
    x, y = np.meshgrid(np.arange(0.0, size[0], stride), np.arange(0.0, size[1], stride))
    mm = to_px.inverse(np.stack([x.ravel(), y.ravel()], axis=1))
    return mm.reshape(*x.shape, 2).astype(np.float32)
