"""What a small picture shows of its page: the targets of `PageNet`, from a sample's exact labels."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infer.format.territory import row_bands
from infer.networks.view import GAINS_MM_MV, SPEEDS_MM_S, cell_centres, quarter, quarter_turn, small_picture
from infer.page.unbend import GRID_MM
from synth.record import LEADS
from synth.sample import Sample, Trace
from train.loss import UNKNOWN

Box = tuple[int, int, int, int]

_AROUND_MM = 0.6  # a name reaches so far beyond its box
_LINE_MM = 1.2
_WORDS = (
    (SPEEDS_MM_S, 1, re.compile(r"(\d+(?:\.\d+)?) ?mm/s(?:ec)?")),
    (GAINS_MM_MV, 1 + len(SPEEDS_MM_S), re.compile(r"(\d+(?:\.\d+)?) ?mm/mV")),
)  # values, the class of the first of them, and how they are printed


@dataclass(frozen=True, eq=False)
class PageTargets:
    """A small picture and what it shows; `train.loss.page_loss` says what the targets are.

    Attributes:
        picture: (H, W, 3) uint8.
        phase: (4, h, w) float32.
        paper: (h, w) float32.
        turn: () int64.
        name: (h, w) int64.
        rows: (3, h, w) float32.
        pulse: (h, w) int64.
        speed: (h, w) int64.
        words: (h, w) int64.
    """

    picture: NDArray[np.uint8]
    phase: NDArray[np.float32]
    paper: NDArray[np.float32]
    turn: NDArray[np.int64]
    name: NDArray[np.int64]
    rows: NDArray[np.float32]
    pulse: NDArray[np.int64]
    speed: NDArray[np.int64]
    words: NDArray[np.int64]


def page_targets(sample: Sample, more: int, box: Box | None = None) -> PageTargets:
    """The small picture of a sample, turned by `more` quarters clockwise, and everything that it shows.

    Args:
        sample: A page with its labels.
        more: Quarter turns.
        box: What is cut out of its picture first: left, top, right and bottom in px; None for nothing.
    """
    left, top, right, bottom = box or (0, 0, *sample.size_px)
    picture = small_picture(sample.image[top:bottom, left:right])
    h, w = picture.shape[0] // 4, picture.shape[1] // 4
    px = cell_centres((right - left, bottom - top), picture.shape[1::-1]) + np.array([left, top])
    mm = sample.map.inverse(px).reshape(h, w, 2)
    picture, mm = np.rot90(picture, -more), np.rot90(mm, -more)
    turn = (quarter_turn(sample.map, np.array(sample.page_mm) / 2.0) + more) % 4
    angle = sample.grid_mm(mm) @ quarter(turn).T * (2.0 * np.pi / GRID_MM)
    phase = np.stack([np.cos(angle[..., 0]), np.sin(angle[..., 0]), np.cos(angle[..., 1]), np.sin(angle[..., 1])])
    paper = ((mm >= 0.0) & (mm <= sample.page_mm)).all(axis=-1)
    name, rows, pulse, words = _names(sample, mm), _rows(sample, mm), _pulses(sample, mm), _words(sample, mm)
    if turn:  # nothing can be read, so that a reader sees which way is up
        for part in (name, rows, pulse, words):
            part[:] = 0
    speed = np.where(rows[0] > 0.0, _index(SPEEDS_MM_S, sample.speed_mm_s), UNKNOWN)
    return PageTargets(
        picture=np.ascontiguousarray(picture),
        phase=phase.astype(np.float32),
        paper=np.asarray(paper, dtype=np.float32),
        turn=np.array(turn, dtype=np.int64),
        name=name,
        rows=rows,
        pulse=pulse,
        speed=speed.astype(np.int64),
        words=words,
    )


def _names(sample: Sample, mm: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which lead's name is printed in each cell, 0 for none."""
    name = np.zeros(mm.shape[:2], dtype=np.int64)
    for mark in sample.marks:
        if mark.kind == "lead_name" and mark.lead is not None:
            corners = sample.map.inverse(np.array(mark.quad_px))
            low, high = corners.min(axis=0) - _AROUND_MM, corners.max(axis=0) + _AROUND_MM
            name[((mm >= low) & (mm <= high)).all(axis=-1)] = 1 + LEADS.index(mark.lead)
    return name


def _rows(sample: Sample, mm: NDArray[np.float64]) -> NDArray[np.float32]:
    """Territory of any lead, zero lines and beginnings of leads, in [0, 1]."""
    rows = np.zeros((3, *mm.shape[:2]), dtype=np.float32)
    bands = row_bands([trace.zero_mm for trace in sample.traces])
    for trace, (top, bottom) in zip(sample.traces, bands, strict=True):
        left, right = ends_mm(trace, sample)
        beside, above = (mm[..., 0] - left), (mm[..., 1] - trace.zero_mm)
        band = (mm[..., 1] >= top) & (mm[..., 1] <= bottom)
        inside = band & (beside >= 0.0) & (beside <= right - left)
        rows[0][inside] = 1.0
        rows[1] = np.maximum(rows[1], inside * np.exp(-0.5 * (above / _LINE_MM) ** 2))
        rows[2] = np.maximum(rows[2], band * np.exp(-0.5 * (beside / _LINE_MM) ** 2))
    return rows


def _pulses(sample: Sample, mm: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which gain the calibration pulse shows that is printed in each cell, by its height; 0 for none."""
    pulse = np.zeros(mm.shape[:2], dtype=np.int64)
    for mark in sample.marks:
        if mark.kind == "pulse":
            corners = sample.map.inverse(np.array(mark.quad_px))
            low, high = corners.min(axis=0), corners.max(axis=0)
            gain = 1 + int(np.abs(np.log(np.array(GAINS_MM_MV) / (high - low)[1])).argmin())
            pulse[((mm >= low - _AROUND_MM) & (mm <= high + _AROUND_MM)).all(axis=-1)] = gain
    return pulse


def _words(sample: Sample, mm: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which speed or gain is printed in words in each cell, about as far as these reach; 0 for none."""
    words = np.zeros(mm.shape[:2], dtype=np.int64)
    for mark in sample.marks:
        if mark.kind not in ("header", "footer"):
            continue
        for values, first, form in _WORDS:
            for said in form.finditer(mark.string):
                if (value := float(said[1])) in values:
                    corners = sample.map.inverse(np.array(mark.quad_px))
                    low, high = corners.min(axis=0) - _AROUND_MM, corners.max(axis=0) + _AROUND_MM
                    left, right = low[0] + (high[0] - low[0]) * np.array(said.span()) / len(mark.string)
                    inside = (mm >= (left, low[1])).all(axis=-1) & (mm <= (right, high[1])).all(axis=-1)
                    words[inside] = first + values.index(value)
    return words


def _index(values: tuple[float, ...], value: float) -> int:
    return values.index(value) if value in values else UNKNOWN


def ends_mm(trace: Trace, sample: Sample) -> tuple[float, float]:
    """Where a trace begins, and where the sample after its last would be."""
    first, last = trace.t_s[0], trace.t_s[-1] + 1.0 / sample.fs_hz
    return trace.t0_mm + sample.speed_mm_s * first, trace.t0_mm + sample.speed_mm_s * last
