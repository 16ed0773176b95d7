"""Training examples: synthetic pages made on the fly, with the networks' targets computed from exact labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infer.strips import ROWS, X_PX_MM, column_mm, cut_strip, row_of
from infer.view import cell_centres, small_picture
from synth.generate import generate, stream
from synth.geometry import Homography, compose
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe
from synth.record import EcgRecord, read_record
from synth.sample import Sample
from train.config import TrainConfig

_GRID_MM = 5.0
_PLACE_MM = 100.0
_EDGE_SIGMA_MM = 0.25


@dataclass(frozen=True, eq=False)
class Example:
    """Inputs and targets from one page.

    Attributes:
        picture: The small picture, (3, H, W) uint8.
        phase: cos x, sin x, cos y, sin y of the 5 mm grid per cell, (4, h, w) float32.
        place: (x, y) from time 0 and the first row's zero, in 100 mm, (2, h, w) float32.
        paper: Whether the cell lies on the page, (h, w) float32.
        strips: Crops of strips, (K, 3, ROWS, C) uint8.
        y: True row at each column centre, (K, C) float32; NaN where nothing is printed.
        edge: Heat of the beginnings of leads and the end of the last, (K, C) float32 in [0, 1].
    """

    picture: NDArray[np.uint8]
    phase: NDArray[np.float32]
    place: NDArray[np.float32]
    paper: NDArray[np.float32]
    strips: NDArray[np.uint8]
    y: NDArray[np.float32]
    edge: NDArray[np.float32]


def make_example(config: TrainConfig, records: list[Path], index: int) -> Example:
    """Example `index` of a run: a pure function of its arguments."""
    rng = stream(config.seed, index, "train.example")
    shares = np.array([kind.share for kind in config.pages])
    kind = config.pages[int(rng.choice(len(shares), p=shares / shares.sum()))]
    record = _draw_record(config, records, index, rng)
    sample = generate(_recipe(kind.recipe), record, seed=config.seed, index=index)
    picture = small_picture(sample.image)
    phase, place, paper = page_targets(sample, (picture.shape[1], picture.shape[0]))
    crops = [_crop(sample, config.crop_columns, rng) for _ in range(config.crops_per_page)]
    return Example(
        picture=np.ascontiguousarray(picture.transpose(2, 0, 1)),
        phase=phase,
        place=place,
        paper=paper,
        strips=np.stack([crop[0].transpose(2, 0, 1) for crop in crops]),
        y=np.stack([crop[1] for crop in crops]),
        edge=np.stack([crop[2] for crop in crops]),
    )


def page_targets(
    sample: Sample, small_size: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Phase (4, h, w), place (2, h, w) and paper (h, w) of every cell, from the sample's own map."""
    h, w = small_size[1] // 4, small_size[0] // 4
    centres = cell_centres((sample.image.shape[1], sample.image.shape[0]), small_size)
    mm = sample.map.inverse(centres)
    angle = (mm - sample.grid_origin_mm) * (2.0 * np.pi / _GRID_MM)
    phase = np.stack([np.cos(angle[:, 0]), np.sin(angle[:, 0]), np.cos(angle[:, 1]), np.sin(angle[:, 1])])
    origin = (sample.t0_mm, min(trace.zero_mm for trace in sample.traces))
    place = (mm - origin).T / _PLACE_MM
    on = ((mm >= 0.0) & (mm <= sample.page_mm)).all(axis=1)
    return (
        phase.reshape(4, h, w).astype(np.float32),
        place.reshape(2, h, w).astype(np.float32),
        on.reshape(h, w).astype(np.float32),
    )


def _draw_record(config: TrainConfig, records: list[Path], index: int, rng: np.random.Generator) -> EcgRecord:
    """A real or an embedded record, its amplitude scaled."""
    scale = float(np.exp(rng.uniform(np.log(config.amplitude[0]), np.log(config.amplitude[1]))))
    if records and rng.uniform() >= config.heart_share:
        record = _read(records[int(rng.integers(len(records)))])
    else:
        record = heart_record(index, config.seed)
    return EcgRecord(record.name, record.fs_hz, record.leads, record.mv * scale)


@lru_cache(maxsize=1024)
def _read(path: Path) -> EcgRecord:
    return read_record(path)


@lru_cache(maxsize=64)
def _recipe(name: str) -> Recipe:
    return load_recipe(name)


def _crop(
    sample: Sample, columns: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """A piece of one row as a reader with slightly wrong geometry would cut it, with its targets."""
    zeros = sorted({trace.zero_mm for trace in sample.traces})
    zero = zeros[int(rng.integers(len(zeros)))]
    width_mm, whole_mm = columns / X_PX_MM, sample.duration_s * sample.speed_mm_s
    start_mm = sample.t0_mm + rng.uniform(-0.3 * width_mm, whole_mm - 0.7 * width_mm)
    stretch, slope = 1.0 + rng.normal(0.0, 0.004), rng.normal(0.0, 0.004)
    drop = rng.normal(0.0, 1.5)
    # From the strip's own millimetres (x from its left edge, y from its zero line) to the paper's.
    to_paper = Homography(np.array([[stretch, 0.0, start_mm], [slope, 1.0, zero + drop], [0.0, 0.0, 1.0]]))
    image = cut_strip(sample.image, compose([to_paper, sample.map]), 0.0, 0.0, columns)
    x = column_mm(np.arange(columns))
    y = np.full(columns, np.nan)
    for trace in sample.traces:
        if trace.zero_mm == zero:
            xy = to_paper.inverse(sample.map.inverse(trace.xy_px))
            within = (x >= xy[0, 0]) & (x <= xy[-1, 0])
            y[within] = row_of(-np.interp(x[within], xy[:, 0], xy[:, 1]))
    y[(y < 0) | (y > ROWS - 1)] = np.nan
    row = [trace for trace in sample.traces if trace.zero_mm == zero]
    edges = [trace.t_s[0] for trace in row] + [max(trace.t_s[-1] for trace in row) + 1.0 / sample.fs_hz]
    edges_mm = sample.t0_mm + sample.speed_mm_s * np.array(edges)
    places = to_paper.inverse(np.stack([edges_mm, np.full_like(edges_mm, zero)], axis=1))[:, 0]
    heat = np.exp(-0.5 * ((x[:, None] - places) / _EDGE_SIGMA_MM) ** 2).max(axis=1)
    return image, y.astype(np.float32), heat.astype(np.float32)
