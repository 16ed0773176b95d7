"""Surface: a sheet of paper as it lies. Where its points go and how light falls on it come from one relief.

No part of a sheet ever hides another: `bend` makes reliefs flatter that are steeper than paper can be seen through
from above, `view.look` those that would hide something from where the camera is. So the map is one-to-one, and all
that a fold can hide is the back of a corner that lies on the page, which is a cover (`degrade/covers/folded.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.fft import dctn, dstn, idct, idctn, idst

from synth.field import Field, node_shape
from synth.geometry import Homography, Points, invert

PITCH_MM = 1.0
_MARGIN_MM = 24.0  # the lattice reaches beyond the paper: what lies beside it needs a place, too
_ROUNDS, _CLOSE_MM = 14, 1e-3
_STEEPEST = 0.75  # slope along the sheet, the sine of its angle
_GENTLE, _LESS = 0.5, 0.9  # share of the limit that is left alone; the limit falls by this until it is kept
_STRETCHED = 1.2  # a node's distance to the next, against that on flat paper
FLATTER = 0.8  # by what a relief is made lower until nothing hides anything
_DARKENING = 4.0  # of what is hidden, squared: the more sky a valley loses
_STEPS_MM = tuple(float(away) for away in np.geomspace(1.0, 60.0, 16))  # where shadows may come from
_PENUMBRA = 0.12  # softness of a shadow, per distance of what throws it
_REACHES_MM = (2.0, 6.0, 18.0)  # what stands so far away hides light from everywhere

Relief = NDArray[np.float64]  # (h, w): height in mm over the plane at each node of the lattice


@dataclass(frozen=True, eq=False)
class Sheet:
    """The lattice over a sheet of paper: nodes every `PITCH_MM`, beyond its edges, too.

    Attributes:
        size_mm: (width, height) of the paper.
        x: Places of the columns, (w,).
        y: Places of the rows, (h,).
    """

    size_mm: tuple[float, float]
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def sheet_of(size_mm: tuple[float, float]) -> Sheet:
    """The lattice over a sheet."""
    x, y = (np.arange(-_MARGIN_MM, side + _MARGIN_MM + PITCH_MM, PITCH_MM) for side in size_mm)
    return Sheet(size_mm, x, y)


@dataclass(frozen=True, eq=False)
class Surface:
    """A bent sheet.

    Attributes:
        sheet: Its lattice.
        relief: Height of each node, towards the viewer, (h, w).
        moved: Where each node comes to lie in the plane, (h, w, 2): slopes need paper, so the sheet is shorter.
    """

    sheet: Sheet
    relief: Relief
    moved: NDArray[np.float64]

    def facing(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        """Light of one lamp on each cell between four nodes, 1 for a flat sheet, (h - 1, w - 1): Lambert's law."""
        relief = self.relief.astype(np.float32)
        across, down = np.diff(relief, axis=1) / np.float32(PITCH_MM), np.diff(relief, axis=0) / np.float32(PITCH_MM)
        slope_x, slope_y = (across[1:] + across[:-1]) / 2.0, (down[:, 1:] + down[:, :-1]) / 2.0
        turn, lift = np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg)
        lamp = np.array([np.cos(turn) * np.cos(lift), np.sin(turn) * np.cos(lift), np.sin(lift)], dtype=np.float32)
        towards = (lamp[2] - slope_x * lamp[0] - slope_y * lamp[1]) / np.sqrt(1.0 + slope_x**2 + slope_y**2)
        return np.asarray(np.maximum(towards, 0.0) / lamp[2], dtype=np.float32)

    def reached(self, azimuth_deg: float, elevation_deg: float) -> NDArray[np.float32]:
        """Share of a lamp's light that no other part of the sheet keeps from each cell, (h - 1, w - 1)."""
        relief = self.relief.astype(np.float32)
        turn, fall, (h, w) = np.deg2rad(azimuth_deg), np.tan(np.deg2rad(elevation_deg)), relief.shape
        above = np.full_like(relief, -np.inf)
        for away in _STEPS_MM:
            dx, dy = away / PITCH_MM * np.cos(turn), away / PITCH_MM * np.sin(turn)
            shift = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])
            flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            there = cv2.warpAffine(relief, shift, (w, h), flags=flags, borderMode=cv2.BORDER_REPLICATE)
            # a lamp is not a point: the farther what stands before it, the softer its shadow
            above = np.maximum(above, (there - np.float32(away * fall) - relief) / np.float32(0.3 + _PENUMBRA * away))
        return _of_cells(np.clip(0.5 - above, 0.0, 1.0).astype(np.float32))

    def openness(self) -> NDArray[np.float32]:
        """Share of the light around that reaches each cell, 1 on a flat sheet, (h - 1, w - 1): valleys get less."""
        relief = self.relief.astype(np.float32)
        hidden = np.zeros_like(relief)
        for reach in _REACHES_MM:
            around = np.asarray(cv2.GaussianBlur(relief, (0, 0), reach / PITCH_MM), dtype=np.float32)
            hidden += (around - relief) / np.float32(len(_REACHES_MM) * reach)
        return np.maximum(1.0 - _DARKENING * np.maximum(_of_cells(hidden), 0.0) ** 2, np.float32(0.15))


def bend(sheet: Sheet, relief: Relief) -> Surface:
    """Lay a sheet over a relief so that it is stretched and sheared as little as can be.

    Where paper rises with slope s, the sine of its angle, it covers sqrt(1 - s^2) of its length along the slope and all
    of it across. Only reliefs of straight creases let it do just that everywhere; over others the sheet gives way like
    an elastic one, evenly. A relief too steep for paper to be seen through is made flatter where it is steep. The best
    plane is taken out: that is the pose's to say.
    """
    whole = relief = _levelled(sheet, relief)
    limit = _STEEPEST
    while _steepest(relief) > _STEEPEST or _stretch(moved := _laid(sheet, relief)) > _STRETCHED:
        relief, limit = _levelled(sheet, _eased(whole, limit)), limit * _LESS
    middle = np.array(sheet.size_mm) / 2.0
    i, j = np.searchsorted(sheet.y, middle[1]), np.searchsorted(sheet.x, middle[0])
    moved += np.array([sheet.x[j], sheet.y[i]]) - moved[i, j]
    return Surface(sheet, relief, moved)


def _laid(sheet: Sheet, relief: Relief) -> NDArray[np.float64]:
    """Where the sheet's nodes lie, seen from above."""
    slope_y, slope_x = np.gradient(relief, PITCH_MM)
    steep = slope_x**2 + slope_y**2
    shorter = -1.0 / (1.0 + np.sqrt(np.maximum(1.0 - steep, 0.0)))  # (sqrt(1 - s^2) - 1) / s^2
    shift = _settled(shorter * slope_x**2, shorter * slope_y**2, 2.0 * shorter * slope_x * slope_y)
    return np.stack([sheet.x + shift[0], sheet.y[:, None] + shift[1]], axis=-1)


def _stretch(moved: NDArray[np.float64]) -> float:
    """How much longer than on flat paper nodes lie apart, at most, along x or along y."""
    x, y = np.diff(moved[..., 0], axis=1), np.diff(moved[..., 1], axis=0)
    return float(max(x.max(), y.max())) / PITCH_MM


def see(surface: Surface, pose: NDArray[np.float64], size: tuple[int, int], nodes_px: Points) -> Field:
    """The field of a picture of `size` px of a surface in a pose.

    Args:
        surface: The sheet.
        pose: (4, 4), moves (x, y, -height, 1) to homogeneous pixels (x, y, depth, w).
        size: (width, height) of the picture.
        nodes_px: What a lens makes of `field_nodes(size)`, (n, 2).
    """
    solid = np.concatenate([surface.moved, -surface.relief[..., None]], axis=-1)
    seen = solid @ pose[[0, 1, 3], :3].T + pose[[0, 1, 3], 3]
    px = (seen[..., :2] / seen[..., 2:]).reshape(-1, 2)
    flat = invert(Homography(pose[np.ix_([0, 1, 3], [0, 1, 3])]))
    sheet = surface.sheet
    nodes = np.stack(np.meshgrid(sheet.x, sheet.y), axis=-1)
    shift = (flat.forward(px).reshape(nodes.shape) - nodes).astype(np.float32)
    wanted = flat.forward(nodes_px).reshape(*node_shape(size), 2).astype(np.float32)
    place, miss = wanted, np.inf
    for _ in range(_ROUNDS):  # place + shift(place) = wanted
        if miss < _CLOSE_MM:
            break
        nearer = wanted - look_up(sheet, shift, place)
        place, miss = nearer, float(np.abs(nearer - place).max())
    return Field(place)


def look_up(sheet: Sheet, values: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Values (h, w[, c]) of the lattice at a grid of places (rows, columns, 2) on the paper, in mm: likewise."""
    return look_up_at(values, (sheet.x[0], sheet.y[0]), places)


def look_up_at(
    values: NDArray[np.float32], first_mm: tuple[float, float], places: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Likewise, values of a lattice whose first node lies at `first_mm`.

    OpenCV also takes both coordinates in one array, but with no second one it reads memory that nobody wrote.
    """
    columns, rows = (
        np.ascontiguousarray((places[..., axis] - np.float32(first_mm[axis])) / np.float32(PITCH_MM)) for axis in (0, 1)
    )
    found = cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def _of_cells(nodes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of the four nodes around each cell."""
    return np.asarray((nodes[1:, 1:] + nodes[1:, :-1] + nodes[:-1, 1:] + nodes[:-1, :-1]) / 4.0, dtype=np.float32)


def _steepest(relief: Relief) -> float:
    return max(float(np.abs(part).max()) for part in np.gradient(relief, PITCH_MM))


def _eased(relief: Relief, limit: float) -> Relief:
    """The relief whose slopes are nearest to those of this one, the steeper a place the more of them taken off.

    Slopes up to half of the limit stay; none that is wanted is beyond it.
    """
    slope = np.hypot(*np.gradient(relief, PITCH_MM))
    gentle = _GENTLE * limit
    eased = gentle + (limit - gentle) * np.tanh(np.maximum(slope - gentle, 0.0) / (limit - gentle))
    kept = np.where(slope > gentle, eased / np.maximum(slope, 1e-12), 1.0)
    across = np.diff(relief, axis=1) * (kept[:, 1:] + kept[:, :-1]) / 2.0
    down = np.diff(relief, axis=0) * (kept[1:] + kept[:-1]) / 2.0
    spread = np.diff(across, axis=1, prepend=0.0, append=0.0) + np.diff(down, axis=0, prepend=0.0, append=0.0)
    h, w = relief.shape
    waves_x, waves_y = (2.0 * np.cos(np.pi * np.arange(n) / n) - 2.0 for n in (w, h))
    wave = waves_x[None, :] + waves_y[:, None]
    wave[0, 0] = 1.0
    return np.asarray(idctn(dctn(spread, type=2) / wave, type=2), dtype=np.float64)


def _levelled(sheet: Sheet, relief: Relief) -> Relief:
    """The relief without the plane that fits it best, by plain sums: products of matrices differ by their threads."""
    x, y = sheet.x - sheet.x.mean(), sheet.y - sheet.y.mean()
    along_x = (relief.mean(axis=0) * x).sum() / (x**2).sum()
    along_y = (relief.mean(axis=1) * y).sum() / (y**2).sum()
    level: Relief = relief - relief.mean() - along_x * x - along_y * y[:, None]
    return level


def _settled(along_x: Relief, along_y: Relief, shear: Relief) -> tuple[Relief, Relief]:
    """The shift (x, y) in mm of every node whose strains are nearest to those wanted, in the mean of squares.

    Plane elasticity without transverse contraction, solved wave by wave: shifts are waves that vanish, beside what is
    the same everywhere, at the ends of the lattice that they point to, far beyond the paper's edges.
    """
    h, w = shear.shape
    x, y = (PITCH_MM * (np.arange(n) - (n - 1) / 2.0) for n in (w, h))
    even = [float(part.mean()) for part in (along_x, along_y, shear)]
    a, b = (dctn(part - mean, type=2) for part, mean in zip((along_x, along_y), even, strict=False))
    c = np.zeros_like(shear)  # sines have no wave of length 0, and one more at the other end
    c[1:, 1:] = dstn(shear - even[2], type=2)[:-1, :-1]
    p, q = (np.pi / (n * PITCH_MM) * np.arange(n) for n in (w, h))
    p, q = p[None, :], q[:, None]
    right = p * a - 0.5 * q * c, q * b - 0.5 * p * c
    det = np.maximum(0.5 * (p**2 + q**2) ** 2, 1e-30)
    wave_x = ((q**2 + 0.5 * p**2) * right[0] - 0.5 * p * q * right[1]) / det
    wave_y = ((p**2 + 0.5 * q**2) * right[1] - 0.5 * p * q * right[0]) / det
    shift_x = idct(_sines(wave_x, 1), type=2, axis=0)
    shift_y = idct(_sines(wave_y, 0), type=2, axis=1)
    return shift_x + even[0] * x + 0.5 * even[2] * y[:, None], shift_y + even[1] * y[:, None] + 0.5 * even[2] * x


def _sines(wave: Relief, axis: int) -> Relief:
    """Sum of the sines along an axis; the first, of length 0, is none."""
    wave = np.moveaxis(wave, axis, 0)
    wave = np.concatenate([wave[1:], np.zeros_like(wave[:1])])
    return np.moveaxis(np.asarray(idst(wave, type=2, axis=0)), 0, axis)
