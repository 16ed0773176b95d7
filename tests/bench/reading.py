"""Pages that benches read: in a module of its own, which processes can import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import sub
from typing import Any
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from infer.digitize import Digitizer, Reading
from infer.metric import align
from infer.output import write_reading
from infer.picture import read_picture
from infer.score import RecordScore, score_record
from synth.catalogue import CATALOGUE
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import Recipe, load_recipe, with_layout
from synth.record import EcgRecord, find_records, read_record
from synth.sample import Sample
from train.config import TrainConfig

_SEED = 20_261_123
_FIRSTS, _PAIRS = 1000, 18  # records that recipes begin with; of 47 that are held out, pairs may begin with so many
_SAME_S = 0.05  # by so much the duration of a page may be read otherwise


@dataclass(frozen=True)
class Page:
    """One page that was read.

    Attributes:
        name: Its own.
        score: Of the record.
        right: Whether every lead was found in its place, at the page's speed and gains; None where that is not known.
        off_mm: Errors of time at the found traces, less their median: what the map costs; an error of time 0 is none.
    """

    name: str
    score: RecordScore
    right: bool | None = None
    off_mm: NDArray[np.float64] | None = None


def unseen(weights: Path, shared: Path | None, recipe: str = "") -> Callable[[int], EcgRecord]:
    """Records by number that weights were not trained on, each recipe's pages beginning with another."""
    first = crc32(recipe.encode()) % _FIRSTS
    if shared is None:
        return lambda index: heart_record(first + index, _SEED)
    paths = _held_out(weights, shared)
    return lambda index: read_record(paths[(first + index) % len(paths)])


@lru_cache(maxsize=4)
def _held_out(weights: Path, shared: Path) -> list[Path]:
    with safe_open(str(weights), "np") as file:
        config = msgspec.json.decode(file.metadata()["config"], type=TrainConfig)
    return [path for path in find_records(shared / "ptbxl") if config.held_out(path.stem)]


@lru_cache(maxsize=1)
def one_digitizer(weights: Path) -> Digitizer:
    """A process's own, on one thread."""
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    return Digitizer(weights)


def read_own(
    weights: Path,
    shared: Path | None,
    name: str,
    layout: str | None,
    number: int,
    overlays: Path | None = None,
    **changes: Any,
) -> Page:
    """Make page `number` of a recipe, fields of it changed, read and score it; `overlays` is to hold what was found."""
    page = sub(r"[^A-Za-z0-9_-]", "-", f"{layout or name}-{number}")
    recipe = msgspec.structs.replace(load_recipe(name), **changes)
    return read_page(weights, shared, with_layout(recipe, layout) if layout else recipe, page, number, overlays)


def read_page(
    weights: Path, shared: Path | None, recipe: Recipe, page: str, number: int, overlays: Path | None = None
) -> Page:
    """The same of any recipe, the page under a name of its own."""
    sample = generate(recipe, unseen(weights, shared, recipe.name)(number), seed=_SEED, index=number)
    try:
        reading = one_digitizer(weights).read(sample.image, page, fs_hz=sample.fs_hz)
    except UserError as error:
        return Page(page, score_record(sample.as_printed(), str(error)), False)
    if overlays is not None:
        write_reading(reading, sample.image, overlays, csv=False, overlay=True)
    score = score_record(sample.as_printed(), reading.record)
    return Page(page, score, _right(sample, reading), _off_mm(sample, reading))


def _right(sample: Sample, reading: Reading) -> bool:
    """Whether every lead was found in its place, at the page's speed and gains, by any format of the catalogue."""
    about = reading.about
    if about["layout"] not in CATALOGUE:
        return False
    own, found = CATALOGUE[sample.layout], CATALOGUE[about["layout"]]
    said = [about[key] for key in ("columns", "rhythm", "speed_mm_s", "gain_mm_mv", "chest_gain_mm_mv")]
    chest = next((trace.gain_mm_mv for trace in sample.traces if trace.lead.startswith("V")), said[-1])
    rhythm = [trace.lead for trace in sample.traces if trace.rhythm]
    seconds = reading.record.mv.shape[1] / reading.record.fs_hz
    return (
        found.rows == own.rows
        and said == [own.columns, rhythm, sample.speed_mm_s, sample.gain_mm_mv, chest]
        and abs(seconds - sample.duration_s) < _SAME_S
    )


def _off_mm(sample: Sample, reading: Reading) -> NDArray[np.float64]:
    """How far beside its true place along time each found point of a trace lies, less the median; mm."""
    off = []
    for px, said in zip(reading.strips_px, reading.times_mm, strict=True):
        seen = np.flatnonzero(np.isfinite(px).all(axis=1))[::5]
        off.append(sample.map.inverse(px[seen])[:, 0] - said[seen])
    every = np.concatenate(off)
    return np.abs(every - np.median(every)) if len(every) else every


def read_picture_of(weights: Path, path: Path, overlays: Path | None) -> Page:
    """Read a picture that has its truth beside it, and score it."""
    picture = read_picture(path)
    try:
        reading = one_digitizer(weights).read(picture, path.stem)
    except UserError as error:
        return Page(path.stem, score_record(read_record(path.with_suffix(".hea")), str(error)))
    if overlays is not None:
        write_reading(reading, picture, overlays, csv=False, overlay=True)
    return Page(path.stem, score_record(read_record(path.with_suffix(".hea")), reading.record))


def lead_signs(weights: Path, shared: Path | None, recipe: str, page: int) -> list[tuple[NDArray[np.float64], float]]:
    """Signs and measured dB of every lead of a page that is read; even pages and odd ones are of different records."""
    number = 2 * (page // 2 + crc32(recipe.encode()) % _PAIRS) + page % 2
    sample = generate(load_recipe(recipe), unseen(weights, shared)(number), seed=_SEED + 2, index=page)
    try:
        reading = one_digitizer(weights).read(sample.image, "page", fs_hz=sample.fs_hz)
    except UserError:
        return []
    truth = sample.as_printed()
    rows = []
    for lead, row in reading.signs.items():
        true = truth.lead(lead)
        if true is not None and np.isfinite(true).any():
            rows.append((row, _lead_db(true, reading.record.lead(lead), sample.fs_hz)))
    return rows


def _lead_db(true: NDArray[np.float64], found: NDArray[np.float64] | None, fs_hz: float) -> float:
    """Ratio of a lead by the competition's rule of alignment, its mean taken out; dB."""
    there = np.flatnonzero(np.isfinite(true))
    whole = np.zeros(len(true))
    if found is not None:
        whole[: len(found)] = np.nan_to_num(found)[: len(true)]
    true, own = true[there], whole[there]
    moved = np.nan_to_num(align(true, own, fs_hz))
    error = float(((true - moved) ** 2).sum())
    return 10.0 * float(np.log10(max(float(((true - true.mean()) ** 2).sum()), 1e-9) / max(error, 1e-9)))
