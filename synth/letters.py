"""Words -> coverage: FreeType letters, frames, barcodes and QR codes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from synth.glyphs import load_font
from synth.lines import Coverage, Patch
from synth.page import Text

Box = tuple[float, float, float, float]  # left, top, right, bottom

#: Code 39 (ISO/IEC 16388): of nine elements, bar and space in turn, `1` is wide.
_CODE39_WIDE = (
    "000110100 100100001 001100001 101100000 000110001 100110000 001110000 000100101 100100100 001100100 100001001 "
    "001001001 101001000 000011001 100011000 001011000 000001101 100001100 001001100 000011100 100000011 001000011 "
    "101000010 000010011 100010010 001010010 000000111 100000110 001000110 000010110 110000001 011000001 111000000 "
    "010010001 110010000 011010000 010000101 110000100 011000100 010101000 010100010 010001010 000101010 010010100"
)
_CODE39 = {
    letter: wide
    for letter, wide in zip("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%*", _CODE39_WIDE.split(" "), strict=True)
}
_MODULE_MM = 0.33  # narrowest bar
_WIDE = 2.5  # a wide element, in narrow ones
_EM_PX = 40.0  # letters on paper are set this large or larger
_FAINTEST = 8  # of 255: less is no ink
_FRAME = 0.45  # distance of a frame from its text, in heights of the font


@dataclass(frozen=True, eq=False)
class Word:
    """A text set for one raster.

    Attributes:
        text: What was set.
        box_mm: Its ink, frame included, on the paper.
        patches: The ink on the raster.
    """

    text: Text
    box_mm: Box
    patches: tuple[Patch, ...]


def set_text(text: Text, px_per_mm: float, size: tuple[int, int], *, fitted: bool = False) -> Word | None:
    """Set a text on a raster of `size` pixels; None where nothing of it is on the raster.

    Args:
        text: What to set.
        px_per_mm: Scale of the raster.
        size: Its (width, height).
        fitted: Whether letters are fitted to its pixels, as by drivers, on screens and by heads of few dots; else they
            are as an office printer of many dots leaves them, whatever the pixels of the picture.
    """
    if text.printed_as == "code39":
        patch = _bars(text, px_per_mm, size)
    elif text.printed_as == "qr":
        patch = _modules(_qr(text.string), (text.size_mm, text.size_mm), text.xy_mm, px_per_mm, size)
    elif text.printed_as == "block":
        patch = _modules(np.ones((1, 1)), (text.size_mm, text.size_mm), text.xy_mm, px_per_mm, size)
    else:
        patch = _letters(text, px_per_mm, size, 1 if fitted else _finer(text.size_mm * px_per_mm))
    if patch is None:
        return None
    patches = [patch]
    if text.printed_as == "framed":
        patches += _frame(patch, text.size_mm * px_per_mm, size)
    left, top = min(p.x for p in patches), min(p.y for p in patches)
    right = max(p.x + p.coverage.shape[1] for p in patches)
    bottom = max(p.y + p.coverage.shape[0] for p in patches)
    box = (left / px_per_mm, top / px_per_mm, right / px_per_mm, bottom / px_per_mm)
    return Word(text, box, tuple(patches))


def _finer(em_px: float) -> int:
    """Pixels to set letters in per pixel of the raster: on so many to the em, fitting them hardly moves their edges."""
    return math.ceil(_EM_PX / max(em_px, 1.0))


def _letters(text: Text, px_per_mm: float, size: tuple[int, int], fine: int) -> Patch | None:
    """Letters with the baseline at a fraction of a pixel; the patch ends where the ink ends."""
    font = load_font(text.font, text.size_mm * px_per_mm * fine)
    x, y = (fine * px_per_mm * at for at in text.xy_mm)
    anchor = {"left": "ls", "centre": "ms", "right": "rs"}[text.anchor]
    start = (x - np.floor(x), y - np.floor(y))
    core, offset = font.getmask2(text.string, "L", anchor=anchor, start=start)
    drawn = Image.new("L", core.size)
    drawn.im.paste(core, (0, 0, *core.size))  # forty times as fast as reading it pixel by pixel
    mask, left, top = np.asarray(drawn, dtype=np.uint8), int(np.floor(x)) + offset[0], int(np.floor(y)) + offset[1]
    if fine > 1 and mask.size:
        mask, left, top = _meaned(mask, left, top, fine)
    seen_x, seen_y = (np.flatnonzero(mask.any(axis=axis)) for axis in (0, 1))
    if not seen_x.size:
        return None
    mask = mask[seen_y[0] : seen_y[-1] + 1, seen_x[0] : seen_x[-1] + 1]
    return _cut(mask, left + int(seen_x[0]), top + int(seen_y[0]), size)


def _meaned(mask: Coverage, left: int, top: int, fine: int) -> tuple[Coverage, int, int]:
    """A mask on pixels `fine` times as large, each the mean of its own; and where it begins on them."""
    (h, w), right, down = mask.shape, left % fine, top % fine
    whole = np.zeros((-(-(down + h) // fine) * fine, -(-(right + w) // fine) * fine), dtype=np.uint8)
    whole[down : down + h, right : right + w] = mask
    small = cv2.resize(whole, (whole.shape[1] // fine, whole.shape[0] // fine), interpolation=cv2.INTER_AREA)
    return np.where(small < _FAINTEST, np.uint8(0), small), left // fine, top // fine


def _cut(mask: Coverage, left: int, top: int, size: tuple[int, int]) -> Patch | None:
    """A patch of what lies on the raster."""
    mask = mask[max(0, -top) : max(0, size[1] - top), max(0, -left) : max(0, size[0] - left)]
    return Patch(max(0, left), max(0, top), mask) if mask.size else None


def _frame(inner: Patch, em_px: float, size: tuple[int, int]) -> list[Patch]:
    away, line = round(_FRAME * em_px), max(1, round(0.06 * em_px))
    h, w = inner.coverage.shape
    outer = np.zeros((h + 2 * away, w + 2 * away), dtype=np.uint8)
    for side in (outer[:line], outer[-line:], outer[:, :line], outer[:, -line:]):
        side[:] = 255
    cut = _cut(outer, inner.x - away, inner.y - away, size)
    return [] if cut is None else [cut]


def _bars(text: Text, px_per_mm: float, size: tuple[int, int]) -> Patch | None:
    said = "".join(letter for letter in text.string.upper() if letter in _CODE39 and letter != "*")
    widths = [(_WIDE if wide == "1" else 1.0) for letter in f"*{said}*" for wide in _CODE39[letter] + "0"][:-1]
    edges = np.concatenate([[0.0], np.cumsum(widths)]) * _MODULE_MM
    left = text.xy_mm[0] - (0.0 if text.anchor == "left" else edges[-1] * (1.0 if text.anchor == "right" else 0.5))
    black = (np.arange(len(widths)) % 2 == 0).astype(np.float64)[None, :]
    across = _overlap(edges + left, px_per_mm, size[0])
    down = _overlap(np.array([0.0, text.size_mm]) + text.xy_mm[1], px_per_mm, size[1])
    return _inked(black, across, down)


def _qr(string: str) -> NDArray[np.float64]:
    code = np.asarray(cv2.QRCodeEncoder.create().encode(string))
    dark = code == 0
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    inner = dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]  # without its quiet zone
    return np.asarray(inner, dtype=np.float64)


def _modules(
    dark: NDArray[np.float64],
    side_mm: tuple[float, float],
    at_mm: tuple[float, float],
    px_per_mm: float,
    size: tuple[int, int],
) -> Patch | None:
    across = _overlap(np.linspace(0.0, side_mm[0], dark.shape[1] + 1) + at_mm[0], px_per_mm, size[0])
    down = _overlap(np.linspace(0.0, side_mm[1], dark.shape[0] + 1) + at_mm[1], px_per_mm, size[1])
    return _inked(dark, across, down)


_Overlap = tuple[int, NDArray[np.float64]]  # first pixel; (pixels, modules): share of a pixel that a module covers


def _overlap(edges_mm: NDArray[np.float64], px_per_mm: float, n: int) -> _Overlap:
    edges = edges_mm * px_per_mm
    first, last = max(0, int(np.floor(edges[0]))), min(n, int(np.ceil(edges[-1])))
    px = np.arange(first, max(first, last), dtype=np.float64)[:, None]
    share: NDArray[np.float64] = np.clip(np.minimum(edges[1:], px + 1.0) - np.maximum(edges[:-1], px), 0.0, None)
    return first, share


def _inked(dark: NDArray[np.float64], across: _Overlap, down: _Overlap) -> Patch | None:
    share = np.einsum("ym,mn,xn->yx", down[1], dark, across[1], optimize=False)
    coverage = np.asarray(np.round(255.0 * np.clip(share, 0.0, 1.0)), dtype=np.uint8)
    return Patch(across[0], down[0], coverage) if coverage.size else None
