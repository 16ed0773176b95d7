"""A training run for the eye: its recipe found, its progress shown, Ctrl-C answered."""

from __future__ import annotations

from pathlib import Path

import msgspec

from synth.assets import shipped
from synth.progress import Progress, stoppable
from train.config import TrainConfig, load_config


def find_config(name_or_path: str) -> TrainConfig:
    """A shipped training recipe by name, or any by the path of its TOML file.

    Raises:
        UserError: One line: file, fault, place, cure.
    """
    path = Path(name_or_path)
    named = shipped(f"recipes/train/{name_or_path}.toml")
    return load_config(named if path.suffix != ".toml" and named.is_file() else path)


def train_and_report(config: TrainConfig, records: list[Path], out: Path, workers: int) -> Path:
    """Train and tell the user; the path of the weights.

    Raises:
        UserError: As `train`, and on Ctrl-C, with what is kept.
    """
    from train.loop import train

    last = 0

    def kept() -> str:
        done = last - last % config.evaluate_every
        point = f"step {done} of {config.steps} is kept in {out}" if done else f"no checkpoint is in {out} yet"
        return f"{point}; the same command goes on from the last checkpoint"

    with stoppable(kept), Progress("steps", config.steps) as progress:

        def show(step: int, steps: int, news: str) -> None:
            nonlocal last
            last = step
            progress.at(step, news)

        return train(config, records, out, workers=workers, progress=show)


def with_steps(config: TrainConfig, steps: int | None) -> TrainConfig:
    """The same recipe over another number of steps."""
    return msgspec.structs.replace(config, steps=steps) if steps else config
