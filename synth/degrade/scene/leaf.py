"""What is on the sheets around the page, tracings, letters, forms; only what is seen of them is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from synth.colours import GRID_COLOURS, PAPER_COLOURS, RGB
from synth.degrade.blend import tinted
from synth.degrade.step import Picture
from synth.glyphs import load_font
from synth.letters import Box
from synth.ranges import pick

Content = Literal["tracing", "letter", "form", "blank"]

_INKS: tuple[RGB, ...] = ((0.05, 0.05, 0.06), (0.10, 0.10, 0.12), (0.08, 0.10, 0.35))
_PAPERS = ("white", "white", "white", "cream", "rose")
_FONTS = ("arimo-400", "tinos-400", "courier-prime-400", "roboto-400")
_WORDS = (
    "the", "patient", "was", "seen", "in", "clinic", "today", "with", "a", "history", "of", "chest", "pain", "on",
    "exertion", "and", "no", "known", "allergies", "blood", "pressure", "pulse", "regular", "heart", "sounds",
    "normal", "lungs", "clear", "medication", "unchanged", "please", "review", "in", "six", "weeks", "left", "right",
    "anterior", "wall", "echo", "function", "preserved", "mild", "moderate", "severe", "daily", "tablets", "results",
    "attached", "to", "follow", "date", "of", "birth", "ward", "consultant", "discharge", "summary", "admitted",
    "referred", "stable", "since", "last", "visit", "ECG", "shows", "sinus", "rhythm",
)  # fmt: skip
_MARGIN_MM = 15.0  # of text on its sheet
# Waves of a beat: when in s, how high, how long in s
_BEAT = ((0.16, 0.12, 0.025), (0.29, -0.12, 0.008), (0.31, 1.0, 0.011), (0.335, -0.25, 0.01), (0.55, 0.28, 0.05))

Line = tuple[NDArray[np.float64], float]  # (n, 2) in mm, and its width in mm
Plane = NDArray[np.uint8]  # (h, w): share of ink, 255 is full


@dataclass(frozen=True, eq=False)
class Leaf:
    """A sheet of paper.

    Attributes:
        sheet_mm: (width, height).
        paper: Its colour.
        grid: Strength of lines every 1 and every 5 mm.
        grid_ink: Their colour.
        ink: Colour of everything else.
        lines: Traces or rules.
        words: Texts, and where their baselines begin.
        text_mm: Size of the texts.
        font: Their font.
    """

    sheet_mm: tuple[float, float]
    paper: RGB
    grid: tuple[float, float]
    grid_ink: RGB
    ink: RGB
    lines: tuple[Line, ...]
    words: tuple[tuple[str, float, float], ...]
    text_mm: float
    font: str


def write_leaf(content: Content, sheet_mm: tuple[float, float], rng: np.random.Generator) -> Leaf:
    """A sheet with something on it, all of it invented."""
    grey = rng.uniform(0.88, 0.98)
    red, green, blue = (grey * level for level in PAPER_COLOURS[pick(_PAPERS, rng)])
    ink, grid_ink = pick(_INKS, rng), GRID_COLOURS[pick(tuple(GRID_COLOURS), rng)]
    text_mm, font = rng.uniform(2.8, 4.0), pick(_FONTS, rng)
    grid, lines, words = (0.0, 0.0), [], []
    if content == "tracing":
        grid = (rng.uniform(0.0, 0.6), rng.uniform(0.4, 0.9))
        lines = _traces(sheet_mm, rng)
        words = [(_phrase(3, rng), 15.0 + 60.0 * k, 12.0 + 5.0 * n) for n in range(4) for k in range(3)]
    elif content == "letter":
        words = _paragraphs(sheet_mm, text_mm, rng)
    elif content == "form":
        lines, words = _cells(sheet_mm, 2.2 * text_mm, rng)
    return Leaf(sheet_mm, (red, green, blue), grid, grid_ink, ink, tuple(lines), tuple(words), text_mm, font)


def draw_leaf(leaf: Leaf, box_mm: Box, px_per_mm: float) -> Picture:
    """The part of a sheet in a box, seen straight on, in full light."""
    shape = tuple(max(1, round((box_mm[axis + 2] - box_mm[axis]) * px_per_mm)) for axis in (1, 0))
    ink = np.zeros(shape, dtype=np.uint8)
    corner = np.array(box_mm[:2])
    for line_mm, width_mm in leaf.lines:
        at = (line_mm - corner) * px_per_mm
        if (at.max(axis=0) > 0.0).all() and (at.min(axis=0) < shape[::-1]).all():
            points = np.round(at * 16.0 - 8.0).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(ink, [points], False, 230.0, max(1, round(width_mm * px_per_mm)), cv2.LINE_AA, 4)
    _set(ink, leaf, box_mm, px_per_mm)
    if leaf.grid[1] == 0.0:
        return _through(ink, leaf.ink, leaf.paper)
    return tinted(
        _through(ink, leaf.ink, (1.0, 1.0, 1.0)),
        _through(_grid(leaf, box_mm, shape, px_per_mm), leaf.grid_ink, leaf.paper),
    )


def _through(ink: Plane, colour: RGB, paper: RGB) -> Picture:
    """Ink on paper: full ink multiplies the paper's colour by its own."""
    share = np.linspace(0.0, 1.0, 256)[:, None]
    tables = np.round(255.0 * np.array(paper) * (1.0 - share * (1.0 - np.array(colour)))).astype(np.uint8)
    return np.asarray(cv2.merge([cv2.LUT(ink, np.ascontiguousarray(table)) for table in tables.T]), dtype=np.uint8)


def _grid(leaf: Leaf, box_mm: Box, shape: tuple[int, ...], px_per_mm: float) -> Plane:
    """Lines every 1 and 5 mm, each pixel as much as they cover it."""
    profiles = []
    for axis in (1, 0):
        n = shape[1 - axis]
        edges = np.arange(n + 1) / px_per_mm + box_mm[axis]
        profile = np.zeros(n)
        for pitch, width, strength in zip((1.0, 5.0), (0.14, 0.25), leaf.grid, strict=True):
            whole = np.floor(edges / pitch)
            covered = whole * width + np.minimum(edges - whole * pitch, width)
            profile = np.maximum(profile, strength * np.clip(np.diff(covered) * px_per_mm, 0.0, 1.0))
        profiles.append(np.round(255.0 * profile).astype(np.uint8))
    return np.maximum(profiles[0][:, None], profiles[1][None, :])


def _set(ink: Plane, leaf: Leaf, box_mm: Box, px_per_mm: float) -> None:
    """Set the words that are on the raster, in place; the others cost nothing."""
    em = round(2.0 * leaf.text_mm * px_per_mm) / 2.0
    (h, w), (left, top) = ink.shape, box_mm[:2]
    for phrase, x_mm, y_mm in leaf.words:
        x, y = (x_mm - left) * px_per_mm, round((y_mm - top) * px_per_mm)
        if not -em < y < h + em:
            continue
        for word in phrase.split():
            if -em * len(word) < x < w:
                mask, (right, up) = _printed(word, leaf.font, em)
                i, j = y + up, round(x) + right
                part = ink[max(i, 0) : max(i + mask.shape[0], 0), max(j, 0) : max(j + mask.shape[1], 0)]
                seen = mask[max(-i, 0) :, max(-j, 0) :]
                np.maximum(part, seen[: part.shape[0], : part.shape[1]], out=part)
            x += em * _advance(word, leaf.font)


@lru_cache(maxsize=512)
def _printed(word: str, font: str, em: float) -> tuple[Plane, tuple[int, int]]:
    """A word as ink, and how far right and down of the beginning of its baseline it begins."""
    core, offset = load_font(font, em).getmask2(word, "L", anchor="ls")
    mask = np.array(core, dtype=np.uint8).reshape(core.size[1], core.size[0])
    return mask - mask // 10, (int(offset[0]), int(offset[1]))


@lru_cache(maxsize=1024)
def _advance(word: str, font: str) -> float:
    """Length of a word and the space after it, in sizes of the font."""
    return float(load_font(font, 64.0).getlength(word + " ")) / 64.0


def _traces(sheet_mm: tuple[float, float], rng: np.random.Generator) -> list[Line]:
    """Rows of beats as high as they are in many leads; each row's own shape, one rate."""
    rows, rate_s = int(rng.integers(3, 7)), rng.uniform(0.55, 1.1)
    pitch = (sheet_mm[1] - 55.0) / rows
    t_s = np.arange(0.0, (sheet_mm[0] - 30.0) / 25.0, 0.005)
    lines = []
    for row in range(rows):
        heights = rng.normal(8.0, 8.0, len(_BEAT))
        mm = 0.4 * np.sin(t_s * rng.uniform(0.6, 2.0)) + rng.normal(0.0, 0.06, len(t_s))
        for (at, size, width), height in zip(_BEAT, heights, strict=True):
            mm += height * size * np.exp(-np.square((((t_s - at) % rate_s) - 0.1) / width) / 2.0)
        lines.append((np.stack([15.0 + 25.0 * t_s, 45.0 + (row + 0.5) * pitch - mm], axis=1), 0.25))
    return lines


def _paragraphs(
    sheet_mm: tuple[float, float], text_mm: float, rng: np.random.Generator
) -> list[tuple[str, float, float]]:
    full = int((sheet_mm[0] - 2.0 * _MARGIN_MM) / (text_mm * 2.9))
    words = [(_phrase(4, rng), _MARGIN_MM, _MARGIN_MM + 10.0)]
    for n, y in enumerate(np.arange(_MARGIN_MM + 10.0 + 3.0 * text_mm, sheet_mm[1] - _MARGIN_MM, 1.45 * text_mm)):
        if n % 7 != 6:
            words.append((_phrase(full // 2 if n % 7 == 5 else full, rng), _MARGIN_MM, float(y)))
    return words


def _cells(
    sheet_mm: tuple[float, float], step_mm: float, rng: np.random.Generator
) -> tuple[list[Line], list[tuple[str, float, float]]]:
    """Cells between rules, some of them filled in."""
    (w, h), top = sheet_mm, _MARGIN_MM + 10.0
    ys, xs = np.arange(top, h - _MARGIN_MM, step_mm), np.linspace(_MARGIN_MM, w - _MARGIN_MM, int(rng.integers(3, 6)))
    lines = [(np.array([(xs[0], y), (xs[-1], y)]), 0.2) for y in ys]
    lines += [(np.array([(x, ys[0]), (x, ys[-1])]), 0.2) for x in xs]
    filled = rng.random((len(ys) - 1, len(xs) - 1)) < 0.6
    words = [
        (_phrase(2, rng), float(xs[column]) + 1.5, float(ys[row + 1]) - 0.3 * step_mm)
        for row, column in np.argwhere(filled)
    ]
    return lines, words


def _phrase(count: int, rng: np.random.Generator) -> str:
    return " ".join(_WORDS[k] for k in rng.integers(0, len(_WORDS), max(1, count)))
