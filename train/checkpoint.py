"""Checkpoint of a training run: whole or not at all, read without running code."""

from __future__ import annotations

import io
import pickle
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from infer.networks.reader import Reader
from synth.errors import UserError
from synth.record import write_whole
from synth.store import ABOUT_CORPUS
from train.config import TrainConfig


class Origin(NamedTuple):
    """What a run is made of; it goes on from its own checkpoint only.

    Attributes:
        config: The training recipe.
        records: Those that it is trained on.
        init: Weights that it started from.
    """

    config: TrainConfig
    records: Sequence[Path]
    init: Path | None


def save_checkpoint(
    path: Path, origin: Origin, step: int, reader: Reader, average: Reader, optimiser: torch.optim.Optimizer
) -> None:
    """Write everything that the run needs to go on after `step` steps."""
    buffer = io.BytesIO()
    state = {
        "config": msgspec.json.encode(origin.config).decode(),
        **_sums(origin),
        "step": step,
        "reader": reader.state_dict(),
        "average": average.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    torch.save(state, buffer)
    write_whole(path, buffer.getvalue())


def load_checkpoint(
    path: Path, origin: Origin, reader: Reader, average: Reader, optimiser: torch.optim.Optimizer
) -> int:
    """Restore a run in place; the number of steps done, 0 where there is no checkpoint.

    Raises:
        UserError: If the file is broken or belongs to a run that was made of something else.
    """
    if not path.exists():
        return 0
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        other = "another training recipe" if not _same(state["config"], origin.config) else _other(state, origin)
        if other:
            raise UserError(f"{path}: was made with {other}; choose another --out or remove it")
        if not 0 <= int(state["step"]) <= origin.config.steps:
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


def _other(state: dict[str, Any], origin: Origin) -> str:
    """What of a run has changed since; what an earlier version did not store has not."""
    own = _sums(origin)
    changed = [name for name, value in own.items() if state.get(name, value) != value]
    said = {"records": "other --records", "pages": "other recipes or corpora of pages", "init": "another --init"}
    return next((said[name] for name in changed if name != "init" or origin.init is not None), "")


def _sums(origin: Origin) -> dict[str, int]:
    """Check sums: of the records' names, of the recipes of pages or what made their corpora, of the first weights."""
    pages = [
        msgspec.json.encode(kind.load()) if kind.recipe else (Path(kind.corpus) / ABOUT_CORPUS).read_bytes()
        for kind in origin.config.pages
    ]
    return {
        "records": zlib.crc32("\n".join(path.stem for path in origin.records).encode()),
        "pages": zlib.crc32(b"\n".join(pages)),
        "init": zlib.crc32(origin.init.read_bytes()) if origin.init else 0,
    }
