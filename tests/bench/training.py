"""What training decides: small strips' networks, trained alike but for one decision, same budget, two seeds.

    python -m tests.bench.training [--shared ../shared/data] [--steps 300] [--pages 60] [--seeds 2] [--only WORD ...]

A row per decision: dB of the traces that the network reads in strips of unseen photographed, crumpled, mouldy and
scanned pages, the same for all rows, of the whole chain, varied and cut askew as in training, and how far its rows are
off in the median. What a decision changes it changes in training only, but for the columns per mm. The networks are
narrow and young: what they say is which decision matters, not how well the reader reads.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
import torch
from numpy.typing import NDArray

from infer.networks.reader import normalise
from infer.networks.strip_net import StripNet
from infer.rows import strips
from infer.rows.trace import distribution, read_columns
from synth.geometry import affine
from synth.recipe import Recipe
from synth.record import find_records
from tests.bench.ablation import as_it_is, standing_in
from train.config import Pages, TrainConfig
from train.data import Example, make_example
from train.loss import strip_loss

_RECIPES = ("phone", "crumpled", "office-scan", "0011")
_CROPS, _CROP_MM, _BATCH = 6, 25.6, 16
_WIDTHS = (16, 24, 32, 48)
_RATE, _WARMUP = 3e-3, 0.1  # share of the steps
_CHECKED = 10_000_000  # index of the first page that is not trained on
_FIRST_SEED = 7
_LEAST_PRINTED = 0.25  # of a crop's columns


@dataclass(frozen=True)
class Decision:
    """Something that training does otherwise.

    Attributes:
        without: What is left out of the recipes of the pages trained on.
        instead: Names that stand for something else while pages to train on are made, and while networks are trained.
        always: Names that stand for something else while networks are measured, too.
        sigma: Width of the labels, rows.
        offset: Whether the L1 term counts.
    """

    without: dict[str, Any] = field(default_factory=dict)
    instead: dict[str, Any] = field(default_factory=dict)
    always: dict[str, Any] = field(default_factory=dict)
    sigma: float = 1.2
    offset: bool = True


_COARSE = {"infer.rows.strips.X_PX_MM": 5.0, "train.data.X_PX_MM": 5.0}

_PLAIN = Recipe(name="plain")
_STAGES: dict[str, dict[str, Any]] = {
    "printers": {"printers": _PLAIN.printers},
    "paper": {"paper": ()},
    "covers": {"covers": ()},
    "sheet": {"sheet": ()},
    "scene": {"scene": ()},
    "capture": {"capture": (), "codec": _PLAIN.codec},
}

_DECISIONS = {
    "as it ships": Decision(),
    "labels half as wide": Decision(sigma=0.6),
    "labels twice as wide": Decision(sigma=2.4),
    "loss without L1 on the readout": Decision(offset=False),
    "all columns weigh the same": Decision(instead={"train.loss._STEEP": 0.0, "train.loss._BAR": 0.0}),
    "5 columns per mm, sampling not counted": Decision(always=_COARSE),
    "strips cut exactly": Decision(
        instead={"train.wobble._STRAIGHT": 1.0, "train.data.draw_sharp": lambda *given: affine()}
    ),
    "colours, tones, noise not varied": Decision(instead={"train.data.vary": as_it_is}),
    **{f"chain without {stage}": Decision(without=sections) for stage, sections in _STAGES.items()},
    "chain without any of these": Decision(without={k: v for stage in _STAGES.values() for k, v in stage.items()}),
}


def main() -> None:
    """Train a network per decision and seed, and print one row for each decision."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, help="folder of real records; left out: the embedded heart's")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--pages", type=int, default=60, help="pages that all steps draw their crops from")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="decisions that hold one of these words")
    options = parser.parse_args()
    records = find_records(options.shared / "ptbxl") if options.shared else []
    print(
        f"{'decision':36} " + " ".join(f"{f'dB, seed {k}':>11}" for k in range(options.seeds)) + "      mean  off, mm"
    )
    for name, decision in _DECISIONS.items():
        if options.only and not any(word in name for word in options.only):
            continue
        with standing_in(decision.always):
            found = [_trained_and_read(decision, records, options, seed) for seed in range(options.seeds)]
        db, off = np.array(found).T
        print(f"{name:36} " + " ".join(f"{x:11.2f}" for x in db) + f" {db.mean():9.2f} {off.mean():8.3f}", flush=True)


def _trained_and_read(
    decision: Decision, records: list[Path], options: argparse.Namespace, seed: int
) -> tuple[float, float]:
    config = TrainConfig(
        name="ablation",
        pages=tuple(Pages(recipe) for recipe in _RECIPES),
        seed=_FIRST_SEED + seed,
        crops_per_page=_CROPS,
        crop_columns=round(_CROP_MM * strips.X_PX_MM),
        pages_too=False,
    )
    kept = [path for path in records if not config.held_out(path.stem)]
    held = [path for path in records if config.held_out(path.stem)]
    unseen = [make_example(config, held, _CHECKED + k) for k in range(max(4, options.pages // 3))]
    with standing_in(decision.instead):
        with patch("train.data._recipe", _recipes_without(decision.without)):
            seen = [make_example(config, kept, k) for k in range(options.pages)]
        network = _train(decision, seen, options.steps, config.seed)
    return _read(network, unseen)


def _recipes_without(sections: dict[str, Any]) -> Callable[[Pages], Recipe]:
    return lambda kind: msgspec.structs.replace(kind.load(), **sections)


def _train(decision: Decision, pages: list[Example], steps: int, seed: int) -> StripNet:
    torch.manual_seed(seed)
    network = StripNet(_WIDTHS).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(network.parameters(), _RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=_WARMUP)
    parts = ("strips", "y", "edge", "grid")
    crops, y, edge, grid = (torch.from_numpy(np.concatenate([getattr(p, name) for p in pages])) for name in parts)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        few = torch.from_numpy(rng.permutation(len(crops))[:_BATCH])
        view = network(normalise(crops[few]).contiguous(memory_format=torch.channels_last))
        losses = strip_loss(view, y[few], edge[few], grid[few], decision.sigma, decision.offset)
        torch.stack(list(losses.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        schedule.step()
    return network.eval()


@torch.inference_mode()
def _read(network: StripNet, pages: list[Example]) -> tuple[float, float]:
    """dB of what is read of all crops together, each less its mean, and the median of |rows off|, in mm."""
    signal, error, off = 0.0, 0.0, []
    for page in pages:
        views = network(normalise(torch.from_numpy(page.strips)))
        for k, y in enumerate(page.y):
            printed = np.isfinite(y)
            if printed.mean() < _LEAST_PRINTED:
                continue
            p = distribution(views.y[k].numpy())
            row = read_columns(p, views.printed[k].numpy(), views.edge[k].numpy(), views.place[k].numpy()).row[printed]
            away: NDArray[np.float64] = row - y[printed]
            signal += float(((y[printed] - y[printed].mean()) ** 2).sum())
            error += float(((away - away.mean()) ** 2).sum())
            off.append(np.abs(away) / strips.Y_PX_MM)
    return 10.0 * float(np.log10(signal / error)), float(np.median(np.concatenate(off)))


if __name__ == "__main__":
    main()
