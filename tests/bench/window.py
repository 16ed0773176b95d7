"""What can be measured on a window of a page without knowing what is on it: grid, ink, noise, blur, colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3) RGB
Plane = NDArray[np.float32]

SIDE_PX = 256
_PITCHES_PX = (20.0, 75.0)  # where 5 mm are looked for
_FLAT_PX = 20  # side of patches that noise is measured on
_FOLD_PX = 144  # side of the part that lines are folded over: bent paper is straight enough there
_BINS = 50  # of a folded profile, tenths of a millimetre


@dataclass(frozen=True)
class Lines:
    """One family of parallel 5 mm lines.

    Attributes:
        wave: Cycles per pixel along x and y.
        profile: RGB at each tenth of a millimetre from a line on, (_BINS, 3), paper being 1.
    """

    wave: NDArray[np.float64]
    profile: NDArray[np.float64]


def pitch_px(window: Picture) -> float:
    """Pitch of the 5 mm grid in a window, which may be mistaken: ask several windows."""
    return 1.0 / float(np.hypot(*_waves(_spectrum(_evened(window).min(axis=2)), _PITCHES_PX)[0]))


def measure(window: Picture, near_px: float) -> dict[str, float]:
    """Every statistic of a window of `SIDE_PX` a side; NaN where there is nothing to measure it on.

    Args:
        window: Paper alone, no desk.
        near_px: Pitch of the 5 mm grid, roughly.
    """
    light, flat = window.astype(np.float32), _evened(window)
    paper = np.percentile(light.reshape(-1, 3), 75, axis=0)
    waves = _waves(_spectrum(flat.min(axis=2)), (near_px * 0.8, near_px * 1.25))
    families = [_fold(flat, wave) for wave in waves]
    px_per_mm = float(np.mean([1.0 / np.hypot(*lines.wave) for lines in families])) / 5.0
    found = {"px per mm": px_per_mm, "paper brightness": float(paper.mean()) / 255.0}
    found |= _colours(paper, families) | _grid(families) | _strokes(flat, px_per_mm) | _noise(light)
    found["edge width, px"] = _edge_width(light.max(axis=2))
    shade = cv2.GaussianBlur(_paper_field(light).mean(axis=2), (0, 0), 8)
    found["shading in 256 px"] = float(np.percentile(shade, 95) / np.percentile(shade, 5)) - 1.0
    found["share of white over 250"] = float((window.min(axis=2) > 250).mean())
    return found


def _evened(window: Picture) -> Plane:
    """The window with its paper at 1 everywhere."""
    light = window.astype(np.float32)
    return light / np.maximum(_paper_field(light), 1.0)


def _paper_field(light: Plane) -> Plane:
    """Brightness of the paper at every pixel: the bright quarter of each neighbourhood, smoothed."""
    small = cv2.resize(cv2.dilate(cv2.GaussianBlur(light, (0, 0), 1.5), np.ones((9, 9))), None, fx=0.25, fy=0.25)
    return np.asarray(cv2.resize(cv2.GaussianBlur(small, (0, 0), 3), light.shape[1::-1]), dtype=np.float32)


def _spectrum(dark: Plane) -> Plane:
    """Amplitudes of a window's waves, twice as dense as its own."""
    rough = dark - cv2.GaussianBlur(dark, (0, 0), 12)
    windowed = rough * np.outer(np.hanning(SIDE_PX), np.hanning(SIDE_PX))
    return np.abs(np.fft.fftshift(np.fft.fft2(windowed, (2 * SIDE_PX, 2 * SIDE_PX)))).astype(np.float32)


def _waves(amplitude: Plane, pitches_px: tuple[float, float]) -> list[NDArray[np.float64]]:
    """Both families' waves, cycles per px along x and y: the crossed combs that hold most of the spectrum."""
    turns, pitches = np.deg2rad(np.arange(0.0, 90.0, 0.75)), np.geomspace(*pitches_px, 140)
    scores = [_comb(amplitude, turns[:, None] + quarter, pitches[None, :]) for quarter in (0.0, np.pi / 2.0)]
    i, j = np.unravel_index(int(np.argmax(scores[0] * scores[1])), scores[0].shape)
    waves = []
    for quarter in (0.0, np.pi / 2.0):  # each by itself: the camera leans, paper bends
        near_turns = turns[i] + quarter + np.deg2rad(np.linspace(-4.0, 4.0, 33))
        near_pitches = pitches[j] * np.linspace(0.92, 1.08, 33)
        score = _comb(amplitude, near_turns[:, None], near_pitches[None, :])
        a, b = np.unravel_index(int(np.argmax(score)), score.shape)
        waves.append(np.array([np.cos(near_turns[a]), np.sin(near_turns[a])]) / near_pitches[b])
    return waves


def _comb(amplitude: Plane, turn: NDArray[np.float64], pitch: NDArray[np.float64]) -> NDArray[np.float64]:
    """How well lines `pitch` px apart, whose normal points to `turn`, fit.

    Sum at their first five harmonics, the fifth being the 1 mm lines', less what lies half way between: there are the
    others of a pitch twice as large.
    """
    n, total = len(amplitude), np.zeros(np.broadcast(turn, pitch).shape)
    for step in range(1, 11):
        x, y = (n / 2 + step / 2 * n / pitch * part(turn) for part in (np.cos, np.sin))
        found = cv2.remap(amplitude, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
        total += found if step % 2 == 0 else -found
    return np.maximum(total, 0.0)


def _fold(flat: Plane, wave: NDArray[np.float64]) -> Lines:
    """Lay the lines of a family over each other, in the middle of the window; of medians, so that ink counts little."""
    dark, best = np.ascontiguousarray(flat.min(axis=2)), None
    across = np.array([-wave[1], wave[0]])
    for stretch in np.linspace(-0.03, 0.03, 7):
        for turn in np.linspace(-0.03, 0.03, 7):
            tried = wave * (1.0 + stretch) + across * turn
            depth = float(_across(dark, tried).mean(axis=(0, 2)).std())
            if best is None or depth > best[0]:
                best = (depth, tried)
    assert best is not None
    profile = np.median(_across(flat, best[1]), axis=(0, 2))
    return Lines(best[1], np.roll(profile, -int(np.argmin(profile.min(axis=1))), axis=0))


def _across(flat: Plane, wave: NDArray[np.float64]) -> Plane:
    """The window turned and cut between lines: (lines, tenths of a millimetre across, px along, channels)."""
    square = float(wave @ wave)
    periods = max(2, int(_FOLD_PX * np.sqrt(square)))
    across = (np.arange(periods * _BINS) / _BINS - periods / 2.0)[:, None] / square
    along = np.linspace(-_FOLD_PX / 2.0, _FOLD_PX / 2.0, _FOLD_PX)[None, :] / np.sqrt(square)
    x, y = across * wave[0] - along * wave[1] + SIDE_PX / 2.0, across * wave[1] + along * wave[0] + SIDE_PX / 2.0
    found = cv2.remap(flat, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR)
    return np.asarray(found).reshape(periods, _BINS, _FOLD_PX, -1)


def _grid(families: list[Lines]) -> dict[str, float]:
    """Contrast and width of the lines, mean of both families, in the channel where they are darkest."""
    contrast, width, fine = [], [], []
    for lines in families:
        dark = lines.profile.min(axis=1)
        dip = np.median(dark) - dark
        contrast.append(dip[0])
        width.append(dip[np.arange(-8, 9)].clip(0.0).sum() / max(dip[0], 1e-6) / 10.0)
        places = np.arange(10, 50, 10)
        at = np.minimum.reduce([dark[places + k] for k in (-1, 0, 1)])
        fine.append(float(np.mean((dark[places - 5] + dark[(places + 5) % _BINS]) / 2.0 - at)))
    return {
        "5 mm line contrast": float(np.mean(contrast)),
        "5 mm line width, mm": float(np.mean(width)),
        "1 mm line contrast": float(np.mean(fine)),
    }


def _colours(paper: NDArray[np.float32], families: list[Lines]) -> dict[str, float]:
    """CIELAB of the paper as pictured, and of the lines as they would be on white."""
    line = np.mean([lines.profile[0] for lines in families], axis=0).clip(0.0, 1.0)
    lab = cv2.cvtColor(np.array([[paper / 255.0, line]], dtype=np.float32), cv2.COLOR_RGB2LAB)[0]
    return {
        "paper a*": float(lab[0, 1]),
        "paper b*": float(lab[0, 2]),
        "line a*": float(lab[1, 1]),
        "line b*": float(lab[1, 2]),
    }


def _strokes(flat: Plane, px_per_mm: float) -> dict[str, float]:
    """Contrast and width of thin strokes: ink's area by half its outline; NaN where there are none."""
    bright = flat.max(axis=2)
    core = (bright < 0.72) & (bright - flat.min(axis=2) < 0.16)
    nothing = {"ink contrast": np.nan, "stroke width, px": np.nan, "stroke width, mm": np.nan}
    if core.sum() < 150:
        return nothing
    outlines, _ = cv2.findContours(core.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    length = sum(cv2.arcLength(outline, True) for outline in outlines if len(outline) > 30) / 2.0
    if length < 60.0:
        return nothing
    dark = float(np.percentile(bright[core], 20))
    near = cv2.dilate(core.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    area = float(np.clip((1.0 - bright[near]) / max(1.0 - dark, 1e-3), 0.0, 1.0).sum())
    return {
        "ink contrast": 1.0 - dark,
        "stroke width, px": area / length,
        "stroke width, mm": area / length / px_per_mm,
    }


def _noise(light: Plane) -> dict[str, float]:
    """Grain of the flattest tenth of all small patches: its level, its slope in the spectrum, its colour."""
    ycc = np.asarray(cv2.cvtColor(light / 255.0, cv2.COLOR_RGB2YCrCb)) * 255.0
    step = SIDE_PX // _FLAT_PX
    patches = ycc[: step * _FLAT_PX, : step * _FLAT_PX].reshape(step, _FLAT_PX, step, _FLAT_PX, 3)
    patches = patches.transpose(0, 2, 1, 3, 4).reshape(-1, _FLAT_PX, _FLAT_PX, 3)
    ramp = np.linspace(-1.0, 1.0, _FLAT_PX, dtype=np.float32)
    basis = np.stack([np.ones((_FLAT_PX, _FLAT_PX)), *np.meshgrid(ramp, ramp)]).reshape(3, -1)
    basis /= np.linalg.norm(basis, axis=1, keepdims=True)
    flat = patches.reshape(len(patches), -1, 3)
    rest = flat - np.einsum("kp,nkc->npc", basis, np.einsum("kp,npc->nkc", basis, flat))
    order = np.argsort(rest[..., 0].std(axis=1))[: max(4, len(rest) // 10)]
    grain = rest[order]
    hann = np.hanning(_FLAT_PX)
    spectrum = np.abs(np.fft.fft2(grain[..., 0].reshape(-1, _FLAT_PX, _FLAT_PX) * np.outer(hann, hann))) ** 2
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(_FLAT_PX), np.fft.fftfreq(_FLAT_PX)))
    ring = (f > 0.08) & (f < 0.5)
    slope = np.polyfit(np.log(f[ring]), np.log(spectrum.mean(axis=0)[ring] + 1e-6), 1)[0]
    return {
        "grain, of 255": float(grain[..., 0].std()),
        "grain slope": float(slope),
        "colour grain, of 255": float(grain[..., 1:].std()),
    }


def _edge_width(light: Plane) -> float:
    """Range of brightness around the steepest edges by their slope: how many pixels they take."""
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=0.125), cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=0.125))
    span = cv2.dilate(light, np.ones((7, 7))) - cv2.erode(light, np.ones((7, 7)))
    steep = (slope > np.percentile(slope, 99.5)) & (span > 60.0)
    return float(np.median(span[steep] / slope[steep])) if steep.sum() > 30 else np.nan
