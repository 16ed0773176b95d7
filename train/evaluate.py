"""Validation while training: held-out records on unseen pages, read end to end and scored. It never ends a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from infer.digitize import Reading, digitize
from infer.networks.reader import Reader
from infer.output import draw_overlay
from infer.score import RecordScore, score_record, total
from synth.generate import generate
from synth.heart import heart_record
from synth.record import EcgRecord, read_record
from synth.sample import Sample
from synth.store import read_sample
from train.config import Pages, TrainConfig
from train.stored import stored_pages
from train.together import Group

_SEED = 1_000_003  # far from the seeds of training runs
_WIDTH_PX, _QUALITY = 1000, 80  # of a picture with what was read
_TITLE_PX = 28


@dataclass(frozen=True)
class _Page:
    """What became of a page: its score, if it could be made; what went wrong; a JPEG with what was read."""

    kind: str
    score: RecordScore | None
    fault: str
    picture: bytes


def evaluate(
    reader: Reader, config: TrainConfig, records: list[Path], group: Group, keep: Callable[[str, bytes], None]
) -> dict[str, dict[str, Any]]:
    """Score of `config.evaluate_pages` pages of every kind: dB capped, uncapped, median, and failed pages.

    A page that cannot be read has failed, for whatever reason; one that cannot be made is left out. `faults` tells.

    Args:
        reader: The networks in evaluation mode, wherever they lie.
        config: The training recipe.
        records: Held-out records; where there are none, the embedded heart's with an unused seed.
        group: The processes that share the pages.
        keep: Given for each kind a JPEG of its first page with what was read drawn over it; called by the leader.
    """
    todo = [
        (name, kind, index)
        for name, kind in zip(config.kinds, config.pages, strict=True)
        for index in range(_count(config, kind))
    ]
    mine = [
        _read_page(reader, config, records, name, kind, index) for name, kind, index in todo[group.rank :: group.size]
    ]
    pages = group.gather(mine)
    for page in pages:
        if group.leader and page.picture:
            keep(page.kind, page.picture)
    told = {name: _total([page for page in pages if page.kind == name]) for name in config.kinds}
    return {name: score for name, score in told.items() if score}


def _count(config: TrainConfig, kind: Pages) -> int:
    held = len(stored_pages(config, kind.corpus).held) if kind.corpus else config.evaluate_pages
    return min(config.evaluate_pages, held)


def _total(pages: list[_Page]) -> dict[str, Any]:
    scores = [page.score for page in pages if page.score is not None]
    faults = [page.fault for page in pages if page.fault]
    if not scores:
        return {}
    whole = total(scores)
    told = {
        "capped": round(whole.capped_db, 2),
        "uncapped": round(whole.uncapped_db, 2),
        "median": round(whole.median_db, 2),
        "failed": whole.failures,
        "pages": len(scores),
    }
    return told | ({"faults": faults} if faults else {})


def _read_page(reader: Reader, config: TrainConfig, records: list[Path], name: str, kind: Pages, index: int) -> _Page:
    try:
        sample = _sample(config, kind, records, index)
    except Exception as error:
        return _Page(name, None, _fault(error), b"")
    reading: Reading | None = None
    fault = ""
    try:
        reading = digitize(reader, sample.image, "page", fs_hz=sample.fs_hz)
        score = score_record(sample.as_printed(), reading.record)
    except Exception as error:
        fault = _fault(error)
        score = score_record(sample.as_printed(), fault)
    told = fault or f"{score.capped_db:.1f} dB, found {reading.about['layout'] if reading else 'nothing'}"
    title = f"{name}, layout {sample.layout}: {told}"
    return _Page(name, score, fault, b"" if index else _picture(sample.image, reading, title))


def _fault(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _sample(config: TrainConfig, kind: Pages, records: list[Path], index: int) -> Sample:
    if kind.corpus:
        return read_sample(stored_pages(config, kind.corpus).held[index])
    return generate(kind.load(), _record(records, index), seed=_SEED, index=index)


def _record(records: list[Path], index: int) -> EcgRecord:
    return read_record(records[index % len(records)]) if records else heart_record(index, _SEED)


def _picture(image: NDArray[np.uint8], reading: Reading | None, title: str) -> bytes:
    """A JPEG of a page made small, with what was read over it, under a line of text."""
    scale = min(1.0, _WIDTH_PX / image.shape[1])
    small = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if reading is None:
        canvas = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2BGR), dtype=np.uint8)
    else:
        strips = tuple((points + 0.5) * scale - 0.5 for points in reading.strips_px)
        canvas = draw_overlay(replace(reading, strips_px=strips), small)
    band = np.full((_TITLE_PX, canvas.shape[1], 3), 255, dtype=np.uint8)
    cv2.putText(band, title, (8, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 0), 1, cv2.LINE_AA)
    _, data = cv2.imencode(".jpg", np.vstack([band, canvas]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes()
