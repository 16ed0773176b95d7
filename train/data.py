"""Training examples: synthetic pages, made on the fly or from a corpus, with targets computed from exact labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infer.page.unbend import FINE_MM, GRID_MM
from infer.rows.strips import ROWS, X_PX_MM, cell_mm, column_mm, cut_strip, row_of
from synth.catalogue import CATALOGUE
from synth.generate import generate, stream
from synth.geometry import Points, compose
from synth.heart import heart_record
from synth.marks import pulse_strokes
from synth.ranges import pick
from synth.recipe import Recipe
from synth.record import EcgRecord, read_record
from synth.sample import Sample, Trace
from synth.store import read_sample
from train.config import Pages, TrainConfig
from train.page import Box, PageTargets, ends_mm, page_targets
from train.sharp import Sharp, draw_sharp
from train.signal import vary_record
from train.stored import stored_pages
from train.vary import vary
from train.wobble import draw_wobble

_CUT = 0.25  # share of pages of which only a part is shown
_LEAST = 0.45  # smallest part along either side
_TURNED = 0.2  # share of small pictures that are turned by a random quarter


@dataclass(frozen=True, eq=False)
class Example:
    """Inputs and targets from one page; `train.loss` says what the targets are.

    Attributes:
        page: The small picture with its targets; None where only strips are trained on.
        strips: Crops of strips, (K, 3, ROWS, C) uint8.
        y: True row at each column centre, (K, C) float32; NaN where nothing is to be seen.
        edge: How far to the right the nearest beginning of a lead or the end of the last lies, then the nearest upright
            stroke of a calibration pulse; mm, inf where there is none; (K, 2, C) float32.
        grid: cos and sin of the phases of the 5 mm and the 1 mm grid along x, then along y, (K, 8, ROWS / 4, C / 4)
            float32; NaN beside the grid.
    """

    page: PageTargets | None
    strips: NDArray[np.uint8]
    y: NDArray[np.float32]
    edge: NDArray[np.float32]
    grid: NDArray[np.float32]


def make_example(config: TrainConfig, records: list[Path], index: int) -> Example:
    """Example `index` of a run: a pure function of its arguments."""
    rng = stream(config.seed, index, "train.example")
    shares = np.array([kind.share for kind in config.pages])
    kind = config.pages[int(rng.choice(len(shares), p=shares / shares.sum()))]
    sample = _stored(config, kind, rng) if kind.corpus else _made(config, kind, records, index, rng)
    page = _page(sample, rng) if config.pages_too else None
    sharp = draw_sharp(sample, rng)
    crops = [_crop(sample, sharp, config.crop_columns, rng) for _ in range(config.crops_per_page)]
    strips, y, edge, grid = (np.stack(part) for part in zip(*crops, strict=True))
    strips = np.ascontiguousarray(strips.transpose(0, 3, 1, 2))  # as another process would hand it over
    return Example(page, strips, y, edge, grid)


def _page(sample: Sample, rng: np.random.Generator) -> PageTargets:
    more = int(rng.integers(1, 4)) if rng.uniform() < _TURNED else 0
    page = page_targets(sample, more, _box(sample.size_px, rng) if rng.uniform() < _CUT else None)
    return replace(page, picture=vary(page.picture, rng))


def _made(config: TrainConfig, kind: Pages, records: list[Path], index: int, rng: np.random.Generator) -> Sample:
    return generate(_recipe(kind), _draw_record(config, records, index, rng), seed=config.seed, index=index)


def _stored(config: TrainConfig, kind: Pages, rng: np.random.Generator) -> Sample:
    return read_sample(pick(stored_pages(config, kind.corpus).kept, rng))


def _draw_record(config: TrainConfig, records: list[Path], index: int, rng: np.random.Generator) -> EcgRecord:
    """A real or an embedded record, varied."""
    if records and rng.uniform() >= config.heart_share:
        record = _read(records[int(rng.integers(len(records)))])
    else:
        record = heart_record(index, config.seed)
    return vary_record(record, config.amplitude, rng)


@lru_cache(maxsize=1024)
def _read(path: Path) -> EcgRecord:
    return read_record(path)


@lru_cache(maxsize=64)
def _recipe(kind: Pages) -> Recipe:
    return kind.load()


def _box(size_px: tuple[int, int], rng: np.random.Generator) -> Box:
    """A part of a picture."""
    (left, right), (top, bottom) = (
        np.round(side * (rng.uniform(0.0, 1.0 - share) + np.array([0.0, share]))).astype(int).tolist()
        for side, share in zip(size_px, rng.uniform(_LEAST, 1.0, 2), strict=True)
    )
    return left, top, right, bottom


def _crop(
    sample: Sample, sharp: Sharp, columns: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """A piece of one row as a reader with slightly wrong geometry would cut it, with its targets."""
    zeros = sorted({trace.zero_mm for trace in sample.traces})
    zero = zeros[int(rng.integers(len(zeros)))]
    row = [trace for trace in sample.traces if trace.zero_mm == zero]
    width_mm = columns / X_PX_MM
    first = min(ends_mm(trace, sample)[0] for trace in row) - 0.3 * width_mm
    last = max(ends_mm(trace, sample)[1] for trace in row) - 0.7 * width_mm
    corner = (float(rng.uniform(first, max(first, last))), zero)
    to_paper = compose([draw_wobble(corner, width_mm, rng), sharp])
    image = cut_strip(sample.image, compose([to_paper, sample.map]), columns)
    y = np.full(columns, np.nan, dtype=np.float32)
    for trace in row:
        mark_rows(y, to_paper.inverse(_paper_mm(trace, sample)), trace.visible)
    edges_mm = [ends_mm(trace, sample)[0] for trace in row] + [max(ends_mm(trace, sample)[1] for trace in row)]
    upright = [np.stack([edges_mm, np.full(len(edges_mm), zero)], axis=1), _pulse_strokes(sample, zero)]
    edge = np.stack([_nearest(to_paper.inverse(places)[:, 0], columns) for places in upright])
    return vary(image, rng), y, edge, _grid(sample, to_paper.forward(cell_mm(columns)), columns)


def _nearest(x_mm: NDArray[np.float64], columns: int) -> NDArray[np.float32]:
    """How far to the right of each column the nearest of some places along a strip lies, mm."""
    if not len(x_mm):
        return np.full(columns, np.inf, dtype=np.float32)
    away = x_mm - column_mm(np.arange(columns))[:, None]
    nearest = away[np.arange(columns), np.abs(away).argmin(axis=1)]
    return np.asarray(nearest, dtype=np.float32)


def _pulse_strokes(sample: Sample, zero_mm: float) -> Points:
    """Places on the paper of the upright strokes of a row's calibration pulses, on its zero line, (n, 2)."""
    if not any(mark.kind == "pulse" for mark in sample.marks):
        return np.zeros((0, 2))
    layout = (sample.recipe.layout or CATALOGUE[sample.layout]).at(speed_mm_s=sample.speed_mm_s)
    first = sample.traces[0]
    shift = np.array([sample.t0_mm - layout.t0_mm, first.zero_mm - layout.zero_mm[first.row]])
    strokes: Points = pulse_strokes(layout) + shift
    return strokes[np.abs(strokes[:, 1] - zero_mm) < 0.1]


def _paper_mm(trace: Trace, sample: Sample) -> Points:
    return np.stack([trace.t0_mm + sample.speed_mm_s * trace.t_s, trace.zero_mm - trace.gain_mm_mv * trace.mv], axis=1)


def mark_rows(y: NDArray[np.float32], xy_mm: Points, visible: NDArray[np.bool_]) -> None:
    """Write the row of a trace into the columns where it can be seen."""
    x = column_mm(np.arange(len(y)))
    xy_mm, visible, torn = _one_by_column(xy_mm, visible, x)
    rows = row_of(-np.interp(x, xy_mm[:, 0], xy_mm[:, 1]))
    seen = np.interp(x, xy_mm[:, 0], visible.astype(np.float64)) > 0.5
    there = (x >= xy_mm[0, 0]) & (x <= xy_mm[-1, 0]) & seen & ~torn & (rows >= 0.0) & (rows <= ROWS - 1.0)
    y[there] = rows[there]


def _one_by_column(
    xy_mm: Points, visible: NDArray[np.bool_], x: NDArray[np.float64]
) -> tuple[Points, NDArray[np.bool_], NDArray[np.bool_]]:
    """The points that run to the right, and the columns at `x` that a strip cut askew shows several heights of."""
    before = np.maximum.accumulate(xy_mm[:, 0])
    after = np.minimum.accumulate(xy_mm[::-1, 0])[::-1]
    torn = np.interp(x, before, before - after) > 1e-9
    onward = np.concatenate([[True], np.diff(before) > 0.0])
    return xy_mm[onward], visible[onward], torn


def _grid(sample: Sample, mm: Points, columns: int) -> NDArray[np.float32]:
    """The grid's phases, as cos and sin, at cells that lie at `mm` of the paper; NaN beside the grid."""
    left, top, right, bottom = sample.grid_box_mm
    away = sample.grid_mm(mm)
    turns = [away[:, axis] * (2.0 * np.pi / pitch) for axis in (0, 1) for pitch in (GRID_MM, FINE_MM)]
    inside = (mm[:, 0] >= left) & (mm[:, 0] <= right) & (mm[:, 1] >= top) & (mm[:, 1] <= bottom)
    waves = np.where(inside, np.stack([wave(turn) for turn in turns for wave in (np.cos, np.sin)]), np.nan)
    return waves.reshape(8, ROWS // 4, columns // 4).astype(np.float32)
