"""The training loop, read top to bottom: schedule, forward, backward, clip, step, log, save."""

from __future__ import annotations

import copy
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, Dataset

from infer.networks.reader import Reader
from infer.networks.weights import save_weights, start_from, weights_metadata
from synth.errors import UserError
from synth.generate import versions
from synth.record import write_whole
from train.checkpoint import Origin, load_checkpoint, save_checkpoint
from train.config import TrainConfig
from train.data import Example, make_example
from train.evaluate import evaluate
from train.log import RunLog, open_log
from train.pace import Pace
from train.step import forward_backward, learning_rate, update_average
from train.together import Group, share_norms, together

_WATCH_S = 2.0
_KEEP_S = 600.0  # a checkpoint at least so often, however rare evaluations are


def train(
    config: TrainConfig,
    records: list[Path],
    out: Path,
    *,
    workers: int,
    progress: Callable[[int, int, str], None],
    say: Callable[[str], None] = lambda line: None,
    init: Path | None = None,
) -> Path:
    """Train the networks; a killed run goes on from its last checkpoint with the same call.

    Started by torchrun, it is one of several processes that share every step's pages; the first alone writes.

    Args:
        config: The training recipe.
        records: WFDB headers; those that `config` holds out are used for evaluation only.
        out: Folder of checkpoint, logs, curve, sample readings and weights.
        workers: Background processes that make pages, for each process that trains; 0 makes them in between.
        progress: Called with (step, steps, one line of news).
        say: Called with a line that is to stay: what is not in `init`, and what evaluations found.
        init: Weights to start from; tensors of the same name and shape are taken.

    Returns:
        The weights' path.

    Raises:
        UserError: If a network that is not trained has no weights to start from, or there is nothing to train on.
    """
    if init is None and not config.pages_too:
        raise UserError(f"{config.name}: pages_too = false trains strips only; name weights to go on from: --init FILE")
    kept, held = _parted(config, records, say)
    _make_folder(out)
    origin = Origin(config, kept, init)
    with together() as group:
        reader, average, optimiser, start = _begin(origin, out, group, say)
        before = weights_metadata(init) if init is not None else {}
        loader = _loader(config, kept, start, workers, group)
        pace, saved = Pace(config.pages_per_step), time.monotonic()
        with _log(out, start, group, say) as log:
            for step, examples in pace.steps(loader, start):
                for part in optimiser.param_groups:
                    part["lr"] = learning_rate(config, step)
                losses = forward_backward(config, reader, examples, step, group)
                group.average_gradients(reader)
                norm = float(clip_grad_norm_(reader.parameters(), config.clip))
                _check_finite([*losses.values(), norm], config, out, step)
                optimiser.step()
                optimiser.zero_grad(set_to_none=True)
                update_average(average, reader, min(config.ema, (1 + step) / (10 + step)))
                done = step + 1
                row: dict[str, Any] = {"step": done, **losses, "lr": learning_rate(config, step), **pace.stepped()}
                measured = done % config.evaluate_every == 0 or done == config.steps
                if measured:
                    row["dB"] = evaluate(average, config, held, group, _samples(out, done))
                if log is None:
                    continue
                log.write(row)
                if measured:
                    about = {"step": done, "records": len(kept), "dB": row["dB"], "init": before}
                    _store(out / "reader.safetensors", average, config, about)
                    say(_findings(row))
                if measured or time.monotonic() - saved > _KEEP_S:  # after the log, which is cut where it goes on
                    save_checkpoint(out / "checkpoint.pt", origin, done, reader, average, optimiser)
                    saved = time.monotonic()
                progress(done, config.steps, _news(row))
    return out / "reader.safetensors"


def _parted(config: TrainConfig, records: list[Path], say: Callable[[str], None]) -> tuple[list[Path], list[Path]]:
    """Records to train on and records to evaluate with."""
    kept = [path for path in records if not config.held_out(path.stem)]
    held = [path for path in records if config.held_out(path.stem)]
    if records and not kept:
        said = f"none of the {len(records)} records is left to train on"
        raise UserError(f"{config.name}: {said}, all are held out or excluded; give more, or a larger hold_out")
    if records and not held:
        say(f"none of the {len(records)} records is held out: evaluations are of the embedded heart")
    return kept, held


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error


def _check_finite(values: list[float], config: TrainConfig, out: Path, step: int) -> None:
    """Refuse to go on, in every process alike, where losses or gradients are no numbers any more."""
    if not all(math.isfinite(value) for value in values):
        raise UserError(
            f"{config.name}: after {step} steps the losses are no numbers any more; lower its learning_rate "
            f"({config.learning_rate:g}) and choose another --out: what {out} holds is of before"
        )


def _begin(
    origin: Origin, out: Path, group: Group, say: Callable[[str], None]
) -> tuple[Reader, Reader, torch.optim.Optimizer, int]:
    """The networks, their average, the optimiser and the steps done, the same in every process."""
    config, _, init = origin
    torch.manual_seed(config.seed)
    reader = Reader()
    if group.size > 1:
        share_norms(reader.strip)  # whole pages are looked at one by one
    reader = reader.to(group.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if init is not None and group.leader and (others := start_from(reader, init)):
        say(f"{init}: {len(others)} tensors of these networks are not in it, or of another size: {others[0]}, ...")
    average = copy.deepcopy(reader).eval()
    optimiser = torch.optim.AdamW(reader.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    start = load_checkpoint(out / "checkpoint.pt", origin, reader, average, optimiser) if group.leader else 0
    return reader, average, optimiser, group.agree(start, (reader, average, optimiser))


class _Pages(Dataset[Example]):
    """This process's share of the pages of all steps from `start` on, in order."""

    def __init__(self, config: TrainConfig, records: list[Path], start: int, group: Group) -> None:
        self.config, self.records, self.start, self.rank = config, records, start, group.rank
        self.share = group.share(config.pages_per_step)

    def __len__(self) -> int:
        return (self.config.steps - self.start) * self.share

    def __getitem__(self, index: int) -> Example:
        step, page = self.start + index // self.share, self.rank * self.share + index % self.share
        return make_example(self.config, self.records, step * self.config.pages_per_step + page)


def _loader(config: TrainConfig, records: list[Path], start: int, workers: int, group: Group) -> DataLoader[Example]:
    pages = _Pages(config, records, start, group)
    return DataLoader(
        pages, batch_size=pages.share, num_workers=workers, collate_fn=list, worker_init_fn=_end_with_parent
    )


def _end_with_parent(_: int) -> None:
    """Have a background process end once the one that trains was killed; it would wait for it forever."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _store(path: Path, average: Reader, config: TrainConfig, about: dict[str, Any]) -> None:
    save_weights(path, average, config, about | {"versions": versions() | {"torch": torch.__version__}})


@contextmanager
def _log(out: Path, start: int, group: Group, say: Callable[[str], None]) -> Iterator[RunLog | None]:
    """The leader's log; None for the others."""
    if group.leader:
        with open_log(out, start, say) as log:
            yield log
    else:
        yield None


def _samples(out: Path, step: int) -> Callable[[str, bytes], None]:
    """Writes the pictures of an evaluation."""

    def keep(kind: str, picture: bytes) -> None:
        (out / "samples").mkdir(exist_ok=True)
        write_whole(out / "samples" / f"{step:06d}-{kind}.jpg", picture)

    return keep


def _news(row: dict[str, Any]) -> str:
    speed = f"{row['pages_per_s']:.2f} pages/s, {100.0 * row['stall']:.0f} % of it waiting for pages"
    return f"page {row['page']:.3f}  strip {row['strip']:.3f}  {speed}"


def _findings(row: dict[str, Any]) -> str:
    """Every kind's dB and failed pages, in one line, with a fault that is no picture's but ours."""
    kinds = (
        f"{kind} {told['capped']:.1f}" + (f" ({told['failed']} of {told['pages']} failed)" if told["failed"] else "")
        for kind, told in row["dB"].items()
    )
    faults = (fault for told in row["dB"].values() for fault in told.get("faults", ()) if "UserError" not in fault)
    fault = next((f"; {fault}" for fault in faults), "")
    return f"step {row['step']}, capped dB of held-out pages: {', '.join(kinds) or 'none could be made'}{fault}"
