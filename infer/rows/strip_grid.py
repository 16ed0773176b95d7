"""How far off a strip was cut, by the phase of the grid that its network sees in it.

The millimetres of `printed_lines`, measured in pixels, then put right what networks are wrong by.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.page.bent import look_up
from infer.page.unbend import FINE_MM, GRID_MM
from infer.page.unslip import unslip
from infer.rows.strips import X_PX_MM, Y_PX_MM
from synth.grid_lines import even_mm

_BENT, _FLAT = (7.0, 8.0), (14.0, 12.0)  # cells along and across a strip over which the grid is averaged
_SHARP, _SHARP_MM = (3.0, 4.0), 0.08  # so many where the shift by these differs by much more than so far
_SHARP_CELLS = 2.0
_MANY = 6.0  # cells over which averages are taken at half the size
_SEEN = 0.5  # length of a wave that is seen at all, in the median of a strip
_AROUND = 4.0  # cells over which lengths are averaged
_HARDLY, _WELL = 0.6, 0.85  # of the median: from where a cell is believed at all, and whatever it says
_FAR_MM = 0.15  # what is hardly seen counts half if it is said so far from its surroundings
_FEW = 5.0  # cells over which averages are exact enough
_HALF = 0.5  # of how well most cells see the grid: from where one tells which line is which
_FARTHER, _ENOUGH = (120.0, 40.0, 14.0), 0.2  # cells that are surroundings, and the share of them that must be seen
_UNSURE = 0.15  # length of a phase that is not believed at all; twice as long is believed


def grid_shift(
    phase: NDArray[np.float32],
    corner_mm: tuple[float, float],
    *,
    raster_dpi: float | None = None,
    flat: bool = False,
    beside: int = 0,
) -> NDArray[np.float32]:
    """How far to the right of and below where it was meant to be each cell of a strip was cut, mm, (H / 4, W / 4, 2).

    The 5 mm grid says it roughly, then the 1 mm grid more exactly, where it is seen. Bent paper is taken to bend
    smoothly, but for where the grid clearly shows a crease.

    Args:
        phase: What a strip shows of the grid, (8, H / 4, W / 4).
        corner_mm: Where on the grid the strip's left upper corner was meant to lie.
        raster_dpi: Raster of whose whole pixels the format has its lines apart, see `line_mm`; (0, 0) is line number 0.
        flat: Whether the paper is: what it is wrong by then changes slowly.
        beside: Rows of cells above and as many below of which nothing is known; they are taken to be as the nearest.
    """
    if flat:
        return _shift(phase, corner_mm, raster_dpi, _FLAT, beside)
    seen = _seen(phase, beside)
    calm = _unslipped(_shift(phase, corner_mm, raster_dpi, _BENT, beside), seen)
    off = _sharper(calm, phase, corner_mm, raster_dpi, beside)
    power = np.asarray(cv2.GaussianBlur(off**2, (0, 0), _SHARP_CELLS))
    shift = calm + off * (power / (power + np.float32(_SHARP_MM**2)))  # noise is much less, creases are much more
    return _where_seen(shift, seen)


def _seen(phase: NDArray[np.float32], beside: int) -> NDArray[np.float32]:
    """How well each cell of a strip sees the grid beside how well most do, in [0, 1], (H / 4, W / 4)."""
    seen = np.ones(phase.shape[1:], np.float32)
    for wave in phase.reshape(4, 2, *phase.shape[1:]):
        length = np.asarray(cv2.GaussianBlur(np.hypot(*wave), (0, 0), _AROUND))
        usual = float(np.median(length))
        if usual > _SEEN:
            seen = np.minimum(seen, length / np.float32(usual))
    seen = np.clip((seen - _HARDLY) / (_WELL - _HARDLY), 0.0, 1.0)
    return np.pad(seen, ((beside, beside), (0, 0)), mode="edge")


def _where_seen(shift: NDArray[np.float32], seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """A shift (H / 4, W / 4, 2) without what is said far from its surroundings where the grid is hardly seen.

    Where glare, stains or hands hide it, a network may see one all the same, a millimetre or two off.
    """
    whole = np.dstack([shift * seen[..., None], seen])
    beside = np.zeros_like(shift)
    for cells in _FARTHER:
        around = _far_around(whole, cells)
        share = around[..., 2:]
        said = around[..., :2] / np.maximum(share, np.float32(1e-6))
        beside += (said - beside) * np.minimum(share / np.float32(_ENOUGH), np.float32(1.0))
    off = shift - beside
    near = np.float32(_FAR_MM**2) / (off**2 + np.float32(_FAR_MM**2))
    return np.asarray(beside + off * (seen[..., None] + (1.0 - seen[..., None]) * near))


def _far_around(whole: NDArray[np.float32], cells: float) -> NDArray[np.float32]:
    """Averages over many cells, taken at a size at which they are few, in a small part of the time."""
    h, w = whole.shape[:2]
    by = 2 ** int(np.log2(cells / _FEW))
    small = cv2.resize(whole, (max(1, w // by), max(1, h // by)), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), cells / by), (w, h)))


def _shift(
    phase: NDArray[np.float32],
    corner_mm: tuple[float, float],
    raster_dpi: float | None,
    cells: tuple[float, float],
    beside: int,
) -> NDArray[np.float32]:
    """`grid_shift`, averaged over cells along and across."""
    shift = []
    for waves, at_mm in zip((phase[:4], phase[4:]), _meant(phase, corner_mm), strict=True):
        meant_mm = even_mm(at_mm, GRID_MM, raster_dpi)
        coarse = _off(waves[0] + 1j * waves[1], meant_mm, GRID_MM, cells, beside)
        seen_mm = meant_mm + _inner(coarse, beside)
        shift.append(np.add(coarse, _off(waves[2] + 1j * waves[3], seen_mm, FINE_MM, cells, beside)))
    return np.stack(shift, axis=-1).astype(np.float32)


def _unslipped(shift: NDArray[np.float32], seen: NDArray[np.float32]) -> NDArray[np.float32]:
    """A shift whose parts that are off by more than half a cell of the grid are not taken for their neighbours."""
    whole = unslip(shift.astype(np.float64), seen > _HALF).astype(np.float32)
    return np.where(np.abs(whole) < GRID_MM, whole, shift)


def _sharper(
    calm: NDArray[np.float32],
    phase: NDArray[np.float32],
    corner_mm: tuple[float, float],
    raster_dpi: float | None,
    beside: int,
) -> NDArray[np.float32]:
    """By what fewer cells of the 1 mm grid differ from a calm shift, and then by what they differ from that."""
    off = []
    for axis, at_mm in enumerate(_meant(phase, corner_mm)):
        meant_mm = even_mm(at_mm, GRID_MM, raster_dpi) + _inner(calm[..., axis], beside)
        waves = phase[4 * axis + 2] + 1j * phase[4 * axis + 3]
        once = _off(waves, meant_mm, FINE_MM, _SHARP, beside)
        off.append(once + _off(waves, meant_mm + _inner(once, beside), FINE_MM, _SHARP, beside))
    return np.stack(off, axis=-1)


def _meant(phase: NDArray[np.float32], corner_mm: tuple[float, float]) -> tuple[NDArray[np.float64], ...]:
    """Where on the grid cells were meant to lie: along x, (W / 4,), and along y, (H / 4, 1)."""
    h, w = phase.shape[1:]
    x = corner_mm[0] + np.arange(2.0, 4.0 * w, 4.0) / X_PX_MM
    return x, corner_mm[1] + np.arange(2.0, 4.0 * h, 4.0)[:, None] / Y_PX_MM


def _inner(plane: NDArray[np.float32], beside: int) -> NDArray[np.float64]:
    """A plane without the rows of cells that nothing is known of."""
    return plane[beside : len(plane) - beside].astype(np.float64)


def fine_shift(phase: NDArray[np.float32], meant_mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """The same by the 1 mm grid: exact, but only to whole millimetres, so that these must be known; flat paper.

    Args:
        phase: What a strip shows of the grid, (8, H / 4, W / 4).
        meant_mm: Where along x on the grid each cell of a row of them was meant to lie, (W / 4,).
    """
    return _off(phase[2] + 1j * phase[3], meant_mm, FINE_MM, _FLAT)[..., None]


def fine_drift(phase: NDArray[np.float32]) -> NDArray[np.float64]:
    """How far a strip sinks on the 1 mm grid along its zero line, mm for each column (W,), its median 0; flat paper.

    Zeros where that grid is not seen along most of it.

    Args:
        phase: What a strip shows of the grid, (8, H / 4, W / 4).
    """
    h, w = phase.shape[1:]
    y = np.arange(2.0, 4.0 * h, 4.0)[:, None] / Y_PX_MM
    waves = _even(phase[6] + 1j * phase[7], y, FINE_MM, _FLAT)[h // 2]
    seen = np.flatnonzero(np.abs(waves) > 2.0 * _UNSURE)
    if len(seen) < w / 2:
        return np.zeros(4 * w)
    down = np.unwrap(np.angle(waves[seen])) * (FINE_MM / (2.0 * np.pi))
    return np.asarray(np.interp(np.arange(4.0 * w), 4.0 * seen + 1.5, down - np.median(down)))


def _off(
    waves: NDArray[np.complex64],
    meant_mm: NDArray[np.float64],
    pitch_mm: float,
    cells: tuple[float, float],
    beside: int = 0,
) -> NDArray[np.float32]:
    """How far lines of a grid lie from where they were meant to, averaged over cells along and across."""
    turns = _even(waves, meant_mm, pitch_mm, cells, beside)
    trust = np.clip((np.abs(turns) - _UNSURE) / _UNSURE, 0.0, 1.0)
    return np.asarray(trust * np.angle(turns) * (pitch_mm / (2.0 * np.pi)), dtype=np.float32)


def _even(
    waves: NDArray[np.complex64],
    meant_mm: NDArray[np.float64],
    pitch_mm: float,
    cells: tuple[float, float],
    beside: int = 0,
) -> NDArray[np.complex64]:
    """By how much of a turn waves are off, averaged over cells along and across; shorter where unsure."""
    turn = np.float32(2.0 * np.pi / pitch_mm) * np.remainder(meant_mm, pitch_mm).astype(np.float32)
    turns = waves * (np.cos(turn) - np.complex64(1j) * np.sin(turn))
    along, across = cells
    real, imag = (
        _smooth(np.pad(part, ((beside, beside), (0, 0)), mode="edge"), along, across)
        for part in (turns.real, turns.imag)
    )
    return np.asarray(real + np.complex64(1j) * imag)


def _smooth(plane: NDArray[np.float32], along: float, across: float) -> NDArray[np.float32]:
    """Averaged over cells; over many of them at half the size, in a quarter of the time."""
    if min(along, across) < _MANY:
        return np.asarray(cv2.GaussianBlur(plane, (0, 0), along, sigmaY=across))
    h, w = plane.shape
    half = cv2.resize(plane, (w // 2, h // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(cv2.GaussianBlur(half, (0, 0), along / 2.0, sigmaY=across / 2.0), (w, h)))


def at_trace(shift: NDArray[np.float32], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """The shift (H / 4, W / 4, n) of each column at the height of the trace, (W, n)."""
    return look_up(shift, (np.stack([np.arange(len(row)), row], axis=1) - 1.5) / 4.0)
