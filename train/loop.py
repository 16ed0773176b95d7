"""The training loop, read top to bottom: schedule, forward, backward, clip, step, log, save."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, Dataset

from infer.network import Reader, normalise
from infer.weights import save_weights
from synth.generate import versions
from synth.record import write_whole
from train.checkpoint import load_checkpoint, save_checkpoint
from train.config import TrainConfig
from train.data import Example, make_example
from train.evaluate import evaluate
from train.loss import page_loss, strip_loss


def train(config: TrainConfig, records: list[Path], out: Path, *, workers: int, progress: Any) -> Path:
    """Train both networks; a killed run goes on from its last checkpoint with the same call.

    Args:
        config: The training recipe.
        records: WFDB headers; those that `config` holds out are used for evaluation only.
        out: Folder of checkpoint, log and weights.
        workers: Background processes that make pages; 0 makes them in between.
        progress: Called with (step, steps, one line of news).

    Returns:
        The weights' path.
    """
    out.mkdir(parents=True, exist_ok=True)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    reader = Reader().to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    average = copy.deepcopy(reader).eval()
    optimiser = torch.optim.AdamW(reader.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    start = load_checkpoint(out / "checkpoint.pt", config, reader, average, optimiser)
    _trim_log(out / "log.jsonl", start)
    kept = [path for path in records if not config.held_out(path.stem)]
    pages = _Pages(config, kept, start * config.pages_per_step)
    loader = DataLoader(
        pages,
        batch_size=config.pages_per_step,
        num_workers=workers,
        collate_fn=list,
        persistent_workers=False,
    )
    spent, waited = time.monotonic(), 0.0
    for step, examples in _timed(loader, start):
        waited += examples[1]
        for group in optimiser.param_groups:
            group["lr"] = _learning_rate(config, step)
        losses = _forward_backward(config, reader, examples[0], step, device)
        clip_grad_norm_(reader.parameters(), config.clip)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        _update_average(average, reader, min(config.ema, (1 + step) / (10 + step)))
        done = step + 1
        row: dict[str, Any] = {"step": done, **losses, "lr": _learning_rate(config, step)}
        row |= {"seconds": round(time.monotonic() - spent, 2), "stall_s": round(waited, 2)}
        if done % config.evaluate_every == 0 or done == config.steps:
            row |= {"dB": evaluate(average, config, [p for p in records if config.held_out(p.stem)])}
            save_checkpoint(out / "checkpoint.pt", config, done, reader, average, optimiser)
            _store(out / "reader.safetensors", average, config, done, len(kept), row["dB"])
        _log(out / "log.jsonl", row)
        progress(done, config.steps, _news(row))
    return out / "reader.safetensors"


class _Pages(Dataset[Example]):
    def __init__(self, config: TrainConfig, records: list[Path], first: int) -> None:
        self.config, self.records, self.first = config, records, first

    def __len__(self) -> int:
        return self.config.steps * self.config.pages_per_step - self.first

    def __getitem__(self, index: int) -> Example:
        return make_example(self.config, self.records, self.first + index)


def _timed(loader: DataLoader[Example], start: int) -> Iterator[tuple[int, tuple[list[Example], float]]]:
    """(step, (examples, seconds waited for them))."""
    batches, step = iter(loader), start
    while True:
        asked = time.monotonic()
        batch = next(batches, None)
        if batch is None:
            return
        yield step, (batch, time.monotonic() - asked)
        step += 1


def _forward_backward(
    config: TrainConfig, reader: Reader, examples: list[Example], step: int, device: torch.device
) -> dict[str, float]:
    reader.train()
    page = torch.zeros((), device=device)
    for example in examples:
        seen = reader.page(_input(example.picture[None], device))
        targets = (torch.from_numpy(t).to(device)[None] for t in (example.phase, example.place, example.paper))
        loss = page_loss(seen, *targets) / len(examples)
        loss.backward()  # type: ignore[no-untyped-call]
        page = page + loss.detach()
    view = reader.strip(_input(np.concatenate([example.strips for example in examples]), device))
    y, edge = (
        torch.from_numpy(np.concatenate([getattr(e, name) for e in examples])).to(device) for name in ("y", "edge")
    )
    strip = strip_loss(view, y, edge, config.label_sigma, step >= config.offset_from)
    strip.backward()  # type: ignore[no-untyped-call]
    return {"page_loss": round(float(page), 5), "strip_loss": round(float(strip.detach()), 5)}


def _input(picture: np.ndarray[Any, np.dtype[np.uint8]], device: torch.device) -> torch.Tensor:
    return normalise(torch.from_numpy(picture).to(device)).contiguous(memory_format=torch.channels_last)


def _learning_rate(config: TrainConfig, step: int) -> float:
    if step < config.warmup:
        return config.learning_rate * (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.steps - config.warmup)
    return config.learning_rate * 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))


@torch.no_grad()
def _update_average(average: Reader, reader: Reader, decay: float) -> None:
    for mean, value in zip(average.state_dict().values(), reader.state_dict().values(), strict=True):
        if mean.dtype.is_floating_point:
            mean.lerp_(value, 1.0 - decay)
        else:
            mean.copy_(value)


def _store(path: Path, average: Reader, config: TrainConfig, step: int, records: int, measured: Any) -> None:
    about = {
        "step": step,
        "records": records,
        "dB": measured,
        "versions": versions() | {"torch": torch.__version__},
    }
    save_weights(path, average, config, about)


def _trim_log(path: Path, steps: int) -> None:
    """Forget what was logged after the checkpoint that the run goes on from."""
    lines = path.read_text().splitlines(keepends=True)[:steps] if path.exists() else []
    write_whole(path, "".join(lines).encode())


def _log(path: Path, row: dict[str, Any]) -> None:
    with path.open("a") as log:
        log.write(json.dumps(row) + "\n")


def _news(row: dict[str, Any]) -> str:
    news = f"page {row['page_loss']:.3f}  strip {row['strip_loss']:.3f}"
    return news + (f"  dB {row['dB']}" if "dB" in row else "")
