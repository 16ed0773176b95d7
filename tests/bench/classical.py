"""A reader without any network beside ours, in one run: dB, CPU and wall seconds per page, memory.

    python -m tests.bench.classical [--shared ../shared/data] [--weights FILE] [--pages 3] [--recipes clean phone]

The classical reader of FIELD.md part 3, ECGMiner, is in no package registry; this one does what it and its kin do:
ink by Otsu's threshold, runs of ink in every column, the path over columns that jumps least. It is given what ours must
find, the true map and the format, so that its dB is more than such a reader can have on paper that is not flat. Each
reader works in a process of its own, which is handed the pages: memory is its peak, with what it imports.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.leads.lead import as_record, read_leads
from infer.networks.weights import shipped_weights
from infer.rows.strips import above_mm, at_zero, column_mm, cut_strip
from infer.rows.time_axis import LEFT_MM, TimeAxis, strip_columns
from infer.rows.trace import Column
from infer.score import RecordScore, score_record, total
from synth.catalogue import find_layout
from synth.errors import UserError
from synth.generate import generate
from synth.geometry import compose
from synth.recipe import load_recipe
from synth.record import EcgRecord
from synth.sample import Sample
from tests.bench.reading import one_digitizer, unseen

_SEED = 20_261_127
_CLIMB = 0.03  # cost of a row that a path climbs, against one that it jumps
_GAP = 2.0  # of a column without ink of the path
_PATHS = 8  # that wait for ink at most
_PULL = 0.02  # and of a row that it lies away from the zero line, in every column
_READERS = ("ink, map and format given", "ours, from the picture")


def main() -> None:
    """Read the same pages by both, and print one row per reader and recipe."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records; left out: the embedded heart's")
    parser.add_argument("--weights", type=Path, default=shipped_weights())
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--recipes", nargs="*", default=["clean", "office-scan", "phone", "crumpled"])
    options = parser.parse_args()
    columns = f"{'capped':>7} {'median':>7} {'failed':>7} {'CPU s':>6} {'wall s':>6} {'peak MB':>8}"
    print(f"{'recipe':12} {'reader':28} {columns}")
    for recipe in options.recipes:
        for reader in _READERS:
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                reads = [
                    pool.submit(_read, reader, sample, options.weights).result() for sample in _samples(recipe, options)
                ]
            scores, seconds, peaks = zip(*reads[1:], strict=True)  # the first page is read twice: to load all
            peak_mb = max(peaks)
            row, (cpu_s, wall_s) = total(scores), np.median(seconds, axis=0)
            print(
                f"{recipe:12} {reader:28} {row.capped_db:7.2f} {row.median_db:7.2f} {row.failures:7d} "
                f"{cpu_s:6.2f} {wall_s:6.2f} {peak_mb:8.0f}",
                flush=True,
            )


def _samples(recipe: str, options: argparse.Namespace) -> Iterator[Sample]:
    record = unseen(options.weights, options.shared, recipe)
    for number in (0, *range(options.pages)):
        yield generate(load_recipe(recipe), record(number), seed=_SEED, index=number)


def _read(reader: str, sample: Sample, weights: Path) -> tuple[RecordScore, tuple[float, float], float]:
    """Score of a page, CPU and wall seconds, and the most memory that this process has taken, MB."""
    start, begun = time.process_time(), time.monotonic()
    read = by_ink(sample) if reader == _READERS[0] else _by_ours(weights, sample)
    seconds = time.process_time() - start, time.monotonic() - begun
    return score_record(sample.as_printed(), read), seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def _by_ours(weights: Path, sample: Sample) -> EcgRecord | str:
    try:
        return one_digitizer(weights).read(sample.image, "page", fs_hz=sample.fs_hz).record
    except UserError as error:
        return str(error)


def by_ink(sample: Sample) -> EcgRecord:
    """Read a page whose map and format are known by its ink alone."""
    layout = find_layout(sample.layout)
    shift_mm = min(trace.zero_mm for trace in sample.traces) - min(layout.zero_mm)
    columns = []
    for zero_mm in layout.zero_mm:
        to_px = compose([at_zero(sample.t0_mm - LEFT_MM, zero_mm + shift_mm), sample.map])
        columns.append(_follow(cut_strip(sample.image, to_px, strip_columns(layout))))
    leads = read_leads(columns, layout, TimeAxis(0.0, 1.0, 1.0), sample.fs_hz)
    return as_record(leads, layout, "page", sample.fs_hz)


def _follow(strip: NDArray[np.uint8]) -> Column:
    """The path through a strip's runs of ink that jumps least, by dynamic programming."""
    bright = np.ascontiguousarray(strip.max(axis=2))  # coloured lines are bright in one channel
    even = cv2.divide(bright, np.maximum(cv2.medianBlur(bright, 61), 1), scale=200.0)
    ink = cv2.threshold(even, 0, 1, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1]
    height, width = ink.shape
    runs = [_runs(ink[:, column]) for column in range(width)]
    row = np.full(width, np.nan)
    states, cost, back = np.full((1, 2), height / 2.0), np.zeros(1), []
    for column in range(width):
        jump = _jump(states, runs[column]) + cost[:, None] + _away(runs[column], height)
        waited = cost + _GAP
        few = np.argsort(waited)[:_PATHS]
        back.append([(int(k), True) for k in jump.argmin(axis=0)] + [(int(k), False) for k in few])
        states, cost = np.concatenate([runs[column], states[few]]), np.concatenate([jump.min(axis=0), waited[few]])
    at = int(cost.argmin())
    for column in reversed(range(width)):
        before, inked = back[column][at]
        row[column] = runs[column][at].mean() if inked else np.nan
        at = before
    found = np.isfinite(row)
    row = np.interp(np.arange(width), np.flatnonzero(found), row[found]) if found.any() else np.zeros(width)
    zero = np.zeros(width)
    return Column(
        row,
        above_mm(row),
        found.astype(np.float64),
        np.stack([zero, zero]),
        np.stack([zero, zero]),
        column_mm(np.arange(width)),
        zero,
    )


def _runs(column: NDArray[np.uint8]) -> NDArray[np.float64]:
    """First and last row of each run of ink, (n, 2)."""
    ends = np.flatnonzero(np.diff(np.concatenate([[0], column, [0]]).astype(np.int8)))
    first, last = ends[::2], ends[1::2] - 1
    return np.stack([first, last], axis=1).astype(np.float64)


def _away(runs: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    return np.asarray(_PULL * np.abs(runs.mean(axis=1) - height / 2.0))


def _jump(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows between each run of one column and each of the next, none where they touch, and a little for any climb."""
    gap = np.maximum(after[:, 0] - before[:, [1]], before[:, [0]] - after[:, 1]) - 1.0
    climb = np.abs(after.mean(axis=1) - before.mean(axis=1)[:, None])
    return np.asarray(np.maximum(gap, 0.0) + _CLIMB * climb)


if __name__ == "__main__":
    main()
