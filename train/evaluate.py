"""Validation while training: held-out records on unseen pages, read end to end and scored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from infer.digitize import digitize
from infer.network import Reader
from infer.score import score_record, total
from synth.errors import UserError
from synth.generate import generate
from synth.heart import heart_record
from synth.recipe import load_recipe
from synth.record import EcgRecord, read_record
from train.config import TrainConfig

_SEED = 1_000_003  # far from the seeds of training runs


def evaluate(reader: Reader, config: TrainConfig, records: list[Path]) -> dict[str, dict[str, Any]]:
    """Score of `config.evaluate_pages` pages of every kind: dB capped, uncapped, median, and failed pages.

    Args:
        reader: The networks; put back into the mode and on the device they were in.
        config: The training recipe.
        records: Held-out records; where there are none, the embedded heart's with an unused seed.
    """
    device, training = next(reader.parameters()).device, reader.training
    reader.cpu().eval()
    result = {}
    for kind in config.pages:
        recipe, scores = load_recipe(kind.recipe), []
        for index in range(config.evaluate_pages):
            sample = generate(recipe, _record(records, index), seed=_SEED, index=index)
            truth, found = sample.as_printed(), _read(reader, sample.image, sample.fs_hz)
            scores.append(score_record(truth, found))
        whole = total(scores)
        result[kind.recipe] = {
            "capped": round(whole.capped_db, 2),
            "uncapped": round(whole.uncapped_db, 2),
            "median": round(whole.median_db, 2),
            "failed": whole.failures,
            "pages": len(scores),
        }
    reader.to(device).train(training)
    return result


def _record(records: list[Path], index: int) -> EcgRecord:
    return read_record(records[index % len(records)]) if records else heart_record(index, _SEED)


def _read(reader: Reader, image: Any, fs_hz: float) -> EcgRecord | str:
    try:
        with torch.no_grad():
            return digitize(reader, image, "page", fs_hz=fs_hz).record
    except UserError as error:
        return str(error)
