"""A training run for the eye: its recipe found, its progress shown, Ctrl-C answered."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from synth.assets import shipped
from synth.errors import UserError
from synth.progress import Progress, stoppable
from train.config import TrainConfig, load_config


def find_config(name_or_path: str) -> TrainConfig:
    """A shipped training recipe by name, or any by the path of its TOML file.

    Raises:
        UserError: One line: file, fault, place, cure.
    """
    path = Path(name_or_path)
    named = {file.stem: file for file in sorted(shipped("recipes/train").glob("*.toml"))}
    if path.suffix == ".toml" and not path.exists():
        raise UserError(f"{path}: no such file; training recipes that ship are {', '.join(named)}")
    if path.suffix == ".toml" or path.is_file():
        return load_config(path)
    if name_or_path not in named:
        raise UserError(
            f"training recipe {name_or_path!r} does not ship; there are {', '.join(named)}, or name a .toml file"
        )
    return load_config(named[name_or_path])


def train_and_report(
    config: TrainConfig, records: list[Path], out: Path, workers: int, init: Path | None = None
) -> Path:
    """Train and tell the user.

    Returns:
        The path of the weights.

    Raises:
        UserError: As `train`, and on Ctrl-C, with what is kept.
    """
    from train.loop import train

    last, start = 0, time.monotonic()

    def kept() -> str:
        if not (out / "checkpoint.pt").exists():
            return "nothing is kept so soon; the same command starts again"
        return f"the last checkpoint is in {out}; the same command goes on from there"

    if os.environ.get("RANK", "0") != "0":  # another process of torchrun's prints
        return _in_silence(lambda: train(config, records, out, workers=workers, progress=lambda *news: None, init=init))
    with stoppable(kept), Progress("steps", config.steps) as progress:

        def show(step: int, steps: int, news: str) -> None:
            nonlocal last
            last = step
            progress.at(step, news)

        try:
            weights = train(config, records, out, workers=workers, progress=show, say=progress.say, init=init)
        except UserError as error:  # from a process of torch's it comes with that one's traceback around it
            raise UserError(str(error).rpartition("UserError: ")[2].strip()) from error
    took = f" after {time.monotonic() - start:.0f} s" if last else " already"
    print(f"{config.steps} steps done{took}: {weights}", flush=True)
    return weights


def _in_silence(work: Callable[[], Path]) -> Path:
    try:
        return work()
    except (UserError, KeyboardInterrupt):
        sys.exit(2)


def with_steps(config: TrainConfig, steps: int | None) -> TrainConfig:
    """The same recipe over another number of steps."""
    return msgspec.structs.replace(config, steps=steps) if steps else config
