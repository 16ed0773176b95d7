"""Checkpoint of a training run: whole or not at all, read without running code."""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import torch

from infer.network import Reader
from synth.errors import UserError
from synth.record import write_whole
from train.config import TrainConfig


def save_checkpoint(
    path: Path,
    config: TrainConfig,
    records: Sequence[Path],
    step: int,
    reader: Reader,
    average: Reader,
    optimiser: torch.optim.Optimizer,
) -> None:
    """Write everything that the run needs to go on after `step` steps."""
    buffer = io.BytesIO()
    state = {
        "config": msgspec.json.encode(config).decode(),
        "records": _names(records),
        "step": step,
        "reader": reader.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    torch.save(state, buffer)
    write_whole(path, buffer.getvalue())


def load_checkpoint(
    path: Path,
    config: TrainConfig,
    records: Sequence[Path],
    reader: Reader,
    average: Reader,
    optimiser: torch.optim.Optimizer,
) -> int:
    """Restore a run in place; the number of steps done, 0 where there is no checkpoint.

    Raises:
        UserError: If the file is broken or belongs to another training recipe or other records.
    """
    if not path.exists():
        return 0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        if not _same(state["config"], config):
            raise UserError(f"{path}: was made by another training recipe; choose another --out or remove it")
        if state.get("records", _names(records)) != _names(records):
            raise UserError(f"{path}: was made with other --records; choose another --out or remove it")
        if not 0 <= int(state["step"]) <= config.steps:
            raise ValueError("a step beyond the last")
        reader.load_state_dict(state["reader"])
        average.load_state_dict(state["average"])
        optimiser.load_state_dict(state["optimiser"])
        return int(state["step"])
    except (
        RuntimeError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        EOFError,
        pickle.UnpicklingError,
    ) as error:
        raise UserError(f"{path}: not a whole checkpoint ({type(error).__name__}); remove it to start again") from error


def _same(stored: str, config: TrainConfig) -> bool:
    """Whether a training recipe was the same; one of an earlier version may lack fields."""
    try:
        return msgspec.json.decode(stored, type=TrainConfig) == config
    except msgspec.DecodeError:
        return False


def _names(records: Sequence[Path]) -> int:
    return zlib.crc32("\n".join(path.stem for path in records).encode())
