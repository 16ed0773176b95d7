"""Measure printed ink against its label, to a hundredth of a pixel: how exact the labels are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from synth.sample import Sample, Trace

_HALF = 7.0  # a stretch is 14 px long
_BAND = 6.0  # profile across it, to either side


def ink_errors(sample: Sample) -> NDArray[np.float64]:
    """Ink's sub-pixel centre minus label, in px, across straight, visible, lone stretches of 14 px.

    Each stretch is measured across the label's own direction, so any rotation will do; one without ink near it counts
    as 6 px off. `sample` must be bare (dark traces on white and nothing else).
    """
    ink = 1.0 - sample.image[..., 0].astype(np.float64) / 255.0
    dense = [_dense(trace) for trace in sample.traces]  # every pixel of way: steep limbs have few samples
    points, arc = np.concatenate([d[:, :2] for d in dense]), np.concatenate([d[:, 2] for d in dense])
    owner = np.concatenate([np.full(len(d), k) for k, d in enumerate(dense)])
    tree = cKDTree(points)
    errors = []
    for k, trace in enumerate(sample.traces):
        along = _arc_length(trace)
        for centre in np.arange(_HALF, along[-1] - _HALF, 2.0 * _HALF):
            part = np.linspace(centre - _HALF, centre + _HALF, 57)
            line = np.stack([np.interp(part, along, trace.xy_px[:, axis]) for axis in (0, 1)], axis=1)
            near = np.array(tree.query_ball_point(line[28], 2.5 * _HALF), dtype=np.intp)
            strangers = points[near[(owner[near] != k) | (np.abs(arc[near] - centre) > _HALF)]]
            shown = trace.visible[(along > centre - _HALF) & (along < centre + _HALF)].all()
            error = _across(ink, line, strangers) if shown else None
            if error is not None:
                errors.append(error)
    return np.array(errors)


def mv_error(sample: Sample) -> float:
    """Largest error, in mV, of the signal recovered from `xy_px` through the map, the zero lines and the gains."""
    errors = []
    for trace in sample.traces:
        y_mm = sample.map.inverse(trace.xy_px)[:, 1]
        errors.append(np.abs((trace.zero_mm - y_mm) / trace.gain_mm_mv - trace.mv).max())
    return float(max(errors))


def mask_agreement(sample: Sample) -> float:
    """Intersection over union of the leads' masks with the ink of a bare page, both thresholded at half."""
    mask = np.max(list(sample.masks.values()), axis=0) > 0.5
    ink = sample.image[..., 0] < 127.5
    return float((mask & ink).sum() / (mask | ink).sum())


def _arc_length(trace: Trace) -> NDArray[np.float64]:
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(trace.xy_px, axis=0).T))])


def _dense(trace: Trace) -> NDArray[np.float64]:
    """Points a pixel apart along the label: x, y, length so far."""
    along = _arc_length(trace)
    at = np.arange(0.0, along[-1], 1.0)
    return np.stack([*(np.interp(at, along, trace.xy_px[:, axis]) for axis in (0, 1)), at], axis=1)


def _across(ink: NDArray[np.float64], line: NDArray[np.float64], strangers: NDArray[np.float64]) -> float | None:
    """Centre of the ink minus the label across one stretch; None if it is bent or not alone."""
    chord = line[-1] - line[0]
    length = float(np.hypot(*chord))
    direction = chord / max(length, 1e-9)
    normal = np.array([-direction[1], direction[0]])
    middle = line.mean(axis=0)
    bend = (line - middle) @ normal
    if length < 2.0 * _HALF - 0.2 or np.abs(bend).max() > 0.25:
        return None
    beside = np.abs((strangers - middle) @ direction) < _HALF - 0.5
    if (beside & (np.abs((strangers - middle) @ normal) < 2.0 * _BAND)).any():
        return None
    across, inner = np.arange(-_BAND, _BAND + 0.01, 0.1), np.linspace(1.0 - _HALF, _HALF - 1.0, 25)
    grid = middle + inner[:, None, None] * direction + across[None, :, None] * normal
    profile = map_coordinates(ink, [grid[..., 1], grid[..., 0]], order=1).mean(axis=0)
    if profile.sum() == 0:
        return _BAND  # a label without ink
    if max(profile[0], profile[-1]) > 0.01:
        return None
    label = float(np.interp(inner, np.linspace(-_HALF, _HALF, len(bend)), bend).mean())
    return float((profile * across).sum() / profile.sum()) - label
